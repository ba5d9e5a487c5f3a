// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ImageSpec;
import org.platter.storage.Storage;

/**
 * A complete little format of one file: a header sector, a table of 32-bit entries, blocks of 64 KiB. It can what
 * {@link #CAPABILITIES} say, and is meant for tests of the container and of the contract itself; a {@link ToyBug} breaks
 * it on demand.
 */
public final class ToyBackend implements FormatBackend {
    /** What the format can do. */
    public static final Set<Capability> CAPABILITIES = Set.of(
            Capability.UUIDS,
            Capability.CREATE_FIXED,
            Capability.CREATE_DYNAMIC,
            Capability.DIFF,
            Capability.ASYNC,
            Capability.FILE,
            Capability.DISCARD,
            Capability.RESIZE,
            Capability.COMPACT,
            Capability.CHECK,
            Capability.REPAIR);

    /** What its fixed images can do. */
    static final Set<Capability> FIXED_CAPABILITIES = Set.of(
            Capability.UUIDS,
            Capability.CREATE_FIXED,
            Capability.ASYNC,
            Capability.FILE,
            Capability.CHECK,
            Capability.REPAIR);

    private static final int SPARE = 1 << 20; // entries, for images that grow
    private static final int SECTOR_ENTRIES = ToyHeader.BYTES / 4;

    private final Set<ToyBug> bugs;

    /** A format that works. */
    public ToyBackend() {
        this(Set.of());
    }

    /** A format with these bugs. */
    public ToyBackend(Set<ToyBug> bugs) {
        this.bugs = Set.copyOf(bugs);
    }

    @Override
    public boolean probe(Storage storage) throws IOException {
        ByteBuffer magic = ByteBuffer.allocate(8);
        if (storage.size() < ToyHeader.BYTES) {
            return false;
        }
        storage.read(magic, 0);
        return magic.getLong(0) == ToyHeader.MAGIC || bugs.contains(ToyBug.CLAIMS_EVERYTHING);
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        Storage storage = context.storage();
        ToyHeader header = ToyHeader.read(storage, bugs);
        ToyImage image = new ToyImage(storage, context.writable(), header, bugs);
        if (bugs.contains(ToyBug.WRITES_WHEN_OPENED) && context.writable()) {
            storage.write(ByteBuffer.wrap(new byte[] {1}), ToyHeader.BYTES - 5);
        }
        return image;
    }

    @Override
    public Image create(ImageContext context, ImageSpec spec) throws IOException {
        Set<ImageFlag> others = EnumSet.noneOf(ImageFlag.class);
        others.addAll(spec.flags());
        others.removeAll(Set.of(ImageFlag.FIXED, ImageFlag.DIFF));
        if (!others.isEmpty()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "toy images cannot be " + others);
        }
        boolean fixed = spec.flags().contains(ImageFlag.FIXED);
        ImageInfo info = ImageInfo.of(
                        "1", spec.size(), ToyHeader.BLOCK, spec.flags(), fixed ? FIXED_CAPABILITIES : CAPABILITIES)
                .withIdentity(spec.uuid(), spec.modificationUuid(), "")
                .withParent(spec.parent())
                .withComment(spec.comment())
                .withGeometry(spec.physical(), spec.logical());
        long blocks = ToyHeader.blocks(spec.size());
        ToyHeader header =
                new ToyHeader(info, ToyHeader.BYTES + (blocks / SECTOR_ENTRIES * SECTOR_ENTRIES + SPARE) * 4);
        Storage storage = context.storage();
        storage.resize(header.dataPosition());
        storage.write(header.encode(), 0);
        ToyImage image = new ToyImage(storage, true, header, bugs);
        if (fixed) {
            image.remap(image.allocate(0, spec.size()));
            storage.resize(header.dataPosition() + blocks * ToyHeader.BLOCK);
        }
        image.flush();
        return image;
    }
}
