// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.testkit.TestImageContext.Mode;

/** What a format tells its contract, and how the parts of the contract make and open images. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ContractFixture {
    /** Attributes that a format may store; there is no capability for them. */
    public enum Stored {
        /** A comment. */
        COMMENT,
        /** The physical geometry. */
        PHYSICAL,
        /** The logical geometry. */
        LOGICAL
    }

    /** One variant in one size. */
    public record Case(Set<ImageFlag> flags, int size) {
        /** Copies the flags. */
        public Case {
            flags = Set.copyOf(flags);
        }

        /** True if the image stands on a parent. */
        public boolean differencing() {
            return flags.contains(ImageFlag.DIFF);
        }

        /** What the parent reads as: random bytes, ending before the image does; none for a base image. */
        public byte[] parent() {
            byte[] bytes = new byte[differencing() ? Math.max(512, size - size / 8 / 512 * 512) : 0];
            new Random(size).nextBytes(bytes);
            return bytes;
        }

        /** What a new image reads as. */
        public DiskModel model() {
            return new DiskModel(size, parent());
        }

        @Override
        public String toString() {
            return new java.util.TreeSet<>(flags) + " " + size;
        }
    }

    /** A new instance of the format under test, or always the same. */
    protected abstract FormatBackend backend();

    /** Exactly the capabilities in the format's annotation. */
    protected abstract Set<Capability> promised();

    /** The variants to run; by default a plain, a fixed and a differencing one as far as promised. */
    protected List<Set<ImageFlag>> variants() {
        List<Set<ImageFlag>> variants = new ArrayList<>();
        if (promised().contains(Capability.CREATE_DYNAMIC)) {
            variants.add(Set.of());
        }
        if (promised().contains(Capability.CREATE_FIXED)) {
            variants.add(Set.of(ImageFlag.FIXED));
        }
        if (promised().contains(Capability.DIFF)) {
            variants.add(Set.of(ImageFlag.DIFF));
        }
        return variants;
    }

    /** Sizes of disks to run, bytes: small, and if possible odd tails, no multiple of a block, one block, many. */
    protected List<Integer> sizes() {
        return List.of(1 << 20, (1 << 20) + 3 * 512, (3 << 20) + 65536 + 512);
    }

    /** A size whose images must still open quickly and in little memory, bytes; 0 for none. */
    protected long largeSize() {
        return 1L << 40;
    }

    /** What the format stores beside the data; all by default. */
    protected Set<Stored> stored() {
        return EnumSet.allOf(Stored.class);
    }

    /** True if {@link Image#remap} stores zero marks in this variant; then it must accept them. */
    protected boolean marksZeroes(Set<ImageFlag> flags) {
        return true;
    }

    /** True if images store modification UUIDs, where they have UUIDs; else they answer nil and accept any. */
    protected boolean modificationUuids() {
        return true;
    }

    /** True if the format has a signature. */
    protected boolean recognisable() {
        return true;
    }

    /** Values of config keys. */
    protected Map<String, String> config() {
        return Map.of();
    }

    /** The name of the main file. */
    protected String fileName() {
        return "disk.img";
    }

    /** The flags that an image shows when made with these. */
    protected Set<ImageFlag> shown(Set<ImageFlag> asked) {
        Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
        flags.addAll(asked);
        flags.remove(ImageFlag.ZERO_EXPAND);
        return flags;
    }

    /** What to create for a case. */
    protected ImageSpec spec(Case test) {
        Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
        flags.addAll(test.flags());
        flags.remove(ImageFlag.DIFF);
        ImageSpec spec = ImageSpec.base(test.size(), flags);
        return test.differencing() ? spec.withParent(link(1)) : spec;
    }

    /** A link to some parent. */
    protected ParentLink link(long seed) {
        return new ParentLink(new UUID(seed, 2), new UUID(seed, 3), contentId(seed), List.of("parent" + seed + ".img"));
    }

    /** A content identity as the format would show it; empty if it has none. */
    protected String contentId(long seed) {
        return "";
    }

    /** Every variant in every size. */
    protected Stream<Case> cases() {
        return variants().stream().flatMap(flags -> sizes().stream().map(size -> new Case(flags, size)));
    }

    /** Every variant in one size, the last of {@link #sizes}. */
    protected Stream<Case> variantsOnce() {
        int size = sizes().get(sizes().size() - 1);
        return variants().stream().map(flags -> new Case(flags, size));
    }

    /** Every variant in the smallest size, for tests that open very many images. */
    protected Stream<Case> variantsSmall() {
        int size = sizes().stream().mapToInt(Integer::intValue).min().orElseThrow();
        return variants().stream().map(flags -> new Case(flags, size));
    }

    /** True if the format promises this. */
    protected boolean promises(Capability capability) {
        return promised().contains(capability);
    }

    /** A context on a folder, with the config of the contract. */
    protected TestImageContext context(MemoryFolder folder, Mode mode) throws DiskException {
        return TestImageContext.of(folder, fileName(), mode)
                .withConfig(backend().schema(), config());
    }

    /** Makes an image in a fresh folder. */
    protected OpenImage create(Case test) throws IOException {
        return create(test, spec(test), new MemoryFolder());
    }

    /** Makes an image in this folder. */
    protected OpenImage create(Case test, ImageSpec spec, MemoryFolder folder) throws IOException {
        TestImageContext context = context(folder, Mode.CREATE);
        return new OpenImage(context, new ImageDriver(backend().create(context, spec), test.parent()));
    }

    /** Makes an image and closes it; gives its files. */
    protected MemoryFolder created(Case test) throws IOException {
        try (OpenImage made = create(test)) {
            made.driver().flush();
            return made.folder();
        }
    }

    /** Opens the image of a case. */
    protected OpenImage open(Case test, MemoryFolder folder, Mode mode) throws IOException {
        TestImageContext context = context(folder, mode);
        return new OpenImage(context, new ImageDriver(backend().open(context), test.parent()));
    }

    /** Closes an image and opens it again for writing, on the same storages, as a hot swap does. */
    protected OpenImage reopen(Case test, OpenImage image) throws IOException {
        image.close();
        return open(test, image.folder(), Mode.WRITE);
    }

    /** Random bytes that depend on the seed only. */
    protected static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Fails unless the call fails with this code. */
    protected static void assertCode(ErrorCode code, Action action) throws IOException {
        assertCodeIn(Set.of(code), action);
    }

    /** Fails unless the call fails with one of these codes. */
    protected static void assertCodeIn(Set<ErrorCode> codes, Action action) throws IOException {
        try {
            action.run();
        } catch (DiskException e) {
            if (codes.contains(e.code())) {
                return;
            }
            throw new AssertionError("failed with " + e.code() + " instead of " + codes, e);
        }
        throw new AssertionError("succeeded instead of failing with " + codes);
    }

    /** A call that may fail. */
    @FunctionalInterface
    protected interface Action {
        /** Does it. */
        void run() throws IOException;
    }
}
