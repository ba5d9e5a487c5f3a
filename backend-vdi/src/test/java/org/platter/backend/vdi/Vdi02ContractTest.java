// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.storage.Storage;
import org.platter.testkit.MemoryStorage;

/**
 * Images of the first version, made by hand; they are not created any more, but read and written. They have as many
 * entries as put the data on a sector border: otherwise a loss of power cuts sectors of the disk in two.
 */
class Vdi02ContractTest extends VdiContractTest {
    private static final int BLOCK = 1 << 16;
    private static final int LARGE_BLOCK = 1 << 20;

    /** Creates as a program of that time did. */
    private static final class OldBackend implements FormatBackend {
        private final VdiBackend backend = new VdiBackend();

        @Override
        public ConfigSchema schema() {
            return backend.schema();
        }

        @Override
        public boolean probe(Storage storage) throws IOException {
            return backend.probe(storage);
        }

        @Override
        public Image open(ImageContext context) throws IOException {
            return backend.open(context);
        }

        @Override
        public Image create(ImageContext context, ImageSpec spec) throws IOException {
            Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
            flags.addAll(spec.flags());
            flags.removeAll(Set.of(ImageFlag.DIFF, ImageFlag.FIXED));
            if (!flags.isEmpty()) {
                throw new DiskException(ErrorCode.NOT_SUPPORTED, "no images of " + flags);
            }
            MemoryStorage made = bytes(spec).storage();
            Storage storage = context.storage();
            storage.write(ByteBuffer.wrap(made.bytes()), 0);
            storage.resize(made.size());
            return backend.open(context);
        }

        private static VdiBytes bytes(ImageSpec spec) throws IOException {
            boolean fixed = spec.flags().contains(ImageFlag.FIXED);
            int blockSize = spec.size() < 1 << 30 ? BLOCK : LARGE_BLOCK;
            int blocks = 151 + (int) (spec.size() / blockSize) / 128 * 128;
            int type = fixed ? 2 : spec.parent().isPresent() ? 4 : 1;
            VdiBytes image = VdiBytes.image02(spec.size(), blockSize, type, blocks);
            for (int block = 0; fixed && block < blocks; block++) {
                image.entry(block, block);
            }
            if (fixed) {
                image.u32(0x170, blocks).size(image.position(blocks));
            }
            uuid(image, 0x174, spec.uuid());
            uuid(image, 0x184, spec.modificationUuid());
            uuid(image, 0x194, spec.parent().map(ParentLink::uuid).orElse(ParentLink.NIL));
            return image;
        }

        private static void uuid(VdiBytes image, int position, UUID uuid) throws IOException {
            long most = uuid.getMostSignificantBits();
            image.u32(position, (int) (most >> 32));
            image.u32(position + 4, (int) (most >> 16 & 0xFFFF | most << 16));
            image.u64(position + 8, Long.reverseBytes(uuid.getLeastSignificantBits()));
        }
    }

    @Override
    protected FormatBackend backend() {
        return new OldBackend();
    }

    @Override
    protected Set<Stored> stored() {
        return EnumSet.noneOf(Stored.class);
    }

    @Override
    protected List<Integer> sizes() {
        return List.of(1 << 18, (1 << 20) + 3 * 512);
    }

    /** There is no place for the parent's modification UUID. */
    @Override
    protected ParentLink link(long seed) {
        ParentLink link = super.link(seed);
        return new ParentLink(link.uuid(), ParentLink.NIL, "", link.hints());
    }
}
