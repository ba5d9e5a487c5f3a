// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.raw;

import java.io.IOException;
import java.util.EnumSet;
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

/**
 * Raw images: byte n of the disk is byte n of the storage. They bear no signature, so they are never recognised and are
 * opened by naming the format. Source: docs/formats/raw.md.
 */
@Component(property = "service.ranking:Integer=-2147483648") // the last choice, always
@DiskFormat(
        name = "RAW",
        extensions = {"img", "raw"},
        capabilities = {
            Capability.CREATE_FIXED,
            Capability.ASYNC,
            Capability.FILE,
            Capability.DISCARD,
            Capability.RESIZE,
            Capability.CHECK
        })
public final class RawBackend implements FormatBackend {
    /** The unit of sizes, bytes. */
    static final int SECTOR = 512;

    /** Name of the config key that asks for host space when an image is made or grows. */
    static final String PREALLOCATE = "Preallocate";

    private static final ConfigSchema SCHEMA = ConfigSchema.of(ConfigKey.integer(PREALLOCATE)
            .orElse("0")
            .describedAs("1 reserves host space for the whole image when it is made or grows"));

    /** Called by Declarative Services. */
    public RawBackend() {}

    @Override
    public ConfigSchema schema() {
        return SCHEMA;
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        return new RawImage(context, context.storage());
    }

    @Override
    public Image create(ImageContext context, ImageSpec spec) throws IOException {
        Set<ImageFlag> others = EnumSet.noneOf(ImageFlag.class);
        others.addAll(spec.flags());
        others.remove(ImageFlag.FIXED);
        if (!others.isEmpty()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "RAW images are plain, they cannot be " + others);
        }
        checkSize(spec.size());
        RawImage image = new RawImage(context, context.storage());
        image.resize(spec.size());
        image.keep(spec.physical(), spec.logical());
        return image;
    }

    static void checkSize(long size) throws DiskException {
        if (size % SECTOR != 0) {
            throw new DiskException(ErrorCode.BAD_SIZE, "RAW image: length " + size + " is no multiple of " + SECTOR);
        }
    }
}
