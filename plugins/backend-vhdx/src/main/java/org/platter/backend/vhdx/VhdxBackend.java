// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.config.ConfigKey;
import org.platter.config.ConfigSchema;
import org.platter.format.Capability;
import org.platter.format.DiskFormat;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageSpec;
import org.platter.storage.Storage;

/** Disk images of Hyper-V, generation 2. Keeps no state. Source: docs/formats/vhdx.md. */
@Component
@DiskFormat(
        name = "VHDX",
        extensions = {"vhdx", "avhdx"},
        signatures = {"0:7668647866696C65"},
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
public final class VhdxBackend implements FormatBackend {
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
    static final String SECTOR_SIZE = "LogicalSectorSize";
    static final String LOG_SIZE = "LogSize";
    static final byte[] SIGNATURE = "vhdxfile".getBytes(StandardCharsets.US_ASCII);

    private static final ConfigSchema SCHEMA = ConfigSchema.of(
            ConfigKey.integer(BLOCK_SIZE)
                    .orElse("2097152")
                    .asExpert()
                    .describedAs("Bytes of a block of a new image, a power of two from 1048576 to 268435456"),
            ConfigKey.integer(SECTOR_SIZE)
                    .orElse("512")
                    .asExpert()
                    .describedAs("Bytes of a logical sector of a new image, 512 or 4096"),
            ConfigKey.integer(LOG_SIZE)
                    .orElse("1048576")
                    .asExpert()
                    .describedAs("Bytes of the log of a new image, a multiple of 1048576"));

    /** Made by Declarative Services. */
    public VhdxBackend() {}

    @Override
    public ConfigSchema schema() {
        return SCHEMA;
    }

    @Override
    public boolean probe(Storage storage) throws IOException {
        return storage.size() >= SIGNATURE.length
                && java.util.Arrays.equals(
                        Bytes.read(storage, 0, SIGNATURE.length, "signature").array(), SIGNATURE);
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        Storage storage = context.storage();
        if (!probe(storage)) {
            throw Bytes.bad("file: it does not begin with vhdxfile");
        }
        return VhdxImage.opened(storage, context.writable() && !storage.readOnly());
    }

    @Override
    public Image create(ImageContext context, ImageSpec spec) throws IOException {
        return new VhdxCreation(context.config(), spec).write(context.storage());
    }
}
