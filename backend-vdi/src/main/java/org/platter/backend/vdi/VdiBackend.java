// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.platter.config.ConfigKey;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.DiskFormat;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageSpec;
import org.platter.storage.Storage;

/** VirtualBox disk images, versions 1.1 and 0.2. Keeps no state. Source: docs/formats/vdi.md. */
@Component
@DiskFormat(
        name = "VDI",
        extensions = "vdi",
        capabilities = {
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
            Capability.REPAIR
        })
public final class VdiBackend implements FormatBackend {
    static final Set<Capability> CAPABILITIES = Set.of(
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

    static final String BLOCK_SIZE = "BlockSize";
    static final String ALIGNMENT = "Alignment";

    private static final ConfigSchema SCHEMA = ConfigSchema.of(
            ConfigKey.integer(BLOCK_SIZE)
                    .orElse("1048576")
                    .asExpert()
                    .describedAs("Bytes of a block of a new image, a power of two from 4096 to 268435456"),
            ConfigKey.integer(ALIGNMENT)
                    .orElse("1048576")
                    .asExpert()
                    .describedAs("Map and data of a new image start at multiples of it, a power of two from 512 to"
                            + " 268435456"));

    /** Made by Declarative Services. */
    public VdiBackend() {}

    @Override
    public ConfigSchema schema() {
        return SCHEMA;
    }

    @Override
    public boolean probe(Storage storage) throws IOException {
        return VdiPreHeader.signs(start(storage));
    }

    private static ByteBuffer start(Storage storage) throws IOException {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(VdiHeader.BYTES, storage.size()));
        storage.read(start, 0);
        return start.flip();
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        Storage storage = context.storage();
        VdiHeader header = read(storage);
        boolean writable = context.writable() && !storage.readOnly();
        if (context.infoOnly()) {
            return VdiImage.opened(storage, header.readable(), writable);
        }
        header.validated();
        if (header.mapEnd() > storage.size()) {
            throw new DiskException(ErrorCode.CORRUPT, VdiCheck.cutMap(header, storage.size()));
        }
        if (writable && header.sizes().allocated() > VdiSpace.MOST) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    "VDI header: an image of " + header.sizes().allocated() + " allocated blocks can only be read; "
                            + VdiSpace.MOST + " are the most for writing");
        }
        return VdiImage.opened(storage, header, writable).verified();
    }

    private static VdiHeader read(Storage storage) throws IOException {
        ByteBuffer start = start(storage);
        VdiHeader header = VdiHeader.decode(start);
        if (header.pre().signature() == VdiPreHeader.SIGNATURE
                && start.remaining() < header.encode().remaining()) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER,
                    "VDI header: " + header.encode().remaining() + " bytes, the file ends after " + start.remaining());
        }
        return header;
    }

    @Override
    public Image create(ImageContext context, ImageSpec spec) throws IOException {
        VdiHeader header = new VdiCreation(context.config(), spec).header();
        Storage storage = context.storage();
        VdiCreation.write(storage, header);
        return VdiImage.created(storage, header, spec);
    }
}
