// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
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
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.storage.Storage;

/** Disk images of Virtual PC and Hyper-V, generation 1. Keeps no state. Source: docs/formats/vhd.md. */
@Component
@DiskFormat(
        name = "VHD",
        extensions = {"vhd", "vpc"},
        signatures = {"-512:636f6e6563746978", "0:636f6e6563746978"},
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
public final class VhdBackend implements FormatBackend {
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

    private static final ConfigSchema SCHEMA = ConfigSchema.of(ConfigKey.integer(BLOCK_SIZE)
            .orElse("2097152")
            .asExpert()
            .describedAs("Bytes of a block of a new image, a power of two from 512 to 268435456"));

    /** Made by Declarative Services. */
    public VhdBackend() {}

    @Override
    public ConfigSchema schema() {
        return SCHEMA;
    }

    @Override
    public boolean probe(Storage storage) throws IOException {
        return VhdFooters.probe(storage);
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        Storage storage = VhdParts.of(context);
        if (context.writable() && storage instanceof VhdParts parts) {
            throw parts.refusal();
        }
        VhdFooters footers = VhdFooters.read(storage);
        boolean writable = context.writable() && !storage.readOnly();
        if (writable && footers.footer().savedState()) {
            throw new DiskException(
                    ErrorCode.BAD_STATE, "VHD footer: the image belongs to a saved state and can only be read");
        }
        if (footers.footer().fixed()) {
            return VhdFixedImage.opened(storage, footers, writable);
        }
        return VhdImage.opened(storage, footers, VhdLayout.header(storage, footers.footer()), writable);
    }

    @Override
    public Image create(ImageContext context, ImageSpec spec) throws IOException {
        VhdCreation creation = new VhdCreation(context.config(), spec);
        Storage storage = context.storage();
        return spec.flags().contains(ImageFlag.FIXED) ? creation.writeFixed(storage) : creation.writeGrowing(storage);
    }
}
