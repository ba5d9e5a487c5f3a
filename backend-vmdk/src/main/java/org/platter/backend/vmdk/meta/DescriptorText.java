// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.meta;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.error.DiskException;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;

/** The descriptor of a new image, with the keys that VMware's products and VirtualBox write. */
public final class DescriptorText {
    private static final String ADAPTER_TYPE = "ddb.adapterType";
    private static final String THIN_PROVISIONED = "ddb.thinProvisioned";
    private static final String TOOLS_VERSION = "ddb.toolsVersion";
    private static final long GIB = 1L << 30;

    private static final String START = """
            # Disk DescriptorFile
            version=1
            encoding="UTF-8"
            CID=@cid
            parentCID=ffffffff
            isNativeSnapshot="no"
            createType="@type"

            # Extent description
            RW 1 ZERO

            # The Disk Data Base
            #DDB

            ddb.adapterType = "@adapter"
            ddb.longContentID = "@longId"
            ddb.virtualHWVersion = "@hardware"
            """;

    private DescriptorText() {}

    public static Descriptor of(ImageSpec spec, CreateType type, List<ExtentLine> extents, Settings settings)
            throws DiskException {
        String cid = Attributes.contentIdOf(spec.modificationUuid());
        String longId = spec.uuid().toString().replace("-", "").substring(0, 24) + cid;
        String adapter = settings.adapter(spec.flags());
        String start = START.replace("@cid", cid)
                .replace("@type", type.word())
                .replace("@adapter", adapter)
                .replace("@longId", longId)
                .replace("@hardware", Long.toString(settings.hardwareVersion(spec.flags())));
        Descriptor descriptor = Descriptor.parse(ByteBuffer.wrap(start.getBytes(StandardCharsets.UTF_8)));
        if (settings.thinProvisioned(variant(spec))) {
            descriptor = descriptor.withQuoted(THIN_PROVISIONED, "1");
        }
        if (settings.toolsVersion().isPresent()) {
            descriptor = descriptor.withQuoted(
                    TOOLS_VERSION, Long.toString(settings.toolsVersion().get()));
        }
        ImageAttributes attributes = ImageAttributes.NONE
                .withUuid(spec.uuid())
                .withModificationUuid(spec.modificationUuid())
                .withParent(spec.parent().orElse(ParentLink.NONE))
                .withComment(spec.comment())
                .withPhysical(geometry(spec, settings));
        if (spec.logical().isPresent()) {
            attributes = attributes.withLogical(spec.logical().get());
        }
        return Attributes.apply(descriptor.withExtents(extents), attributes);
    }

    private static Set<ImageFlag> variant(ImageSpec spec) {
        Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
        flags.addAll(spec.flags());
        spec.parent().ifPresent(link -> flags.add(ImageFlag.DIFF));
        return flags;
    }

    /** True if the descriptor says that the disk takes space as it is written. */
    public static boolean thin(Descriptor descriptor) {
        return descriptor.value(THIN_PROVISIONED).orElse("0").equals("1");
    }

    /** The geometry that a new disk gets. */
    public static Geometry geometry(ImageSpec spec, Settings settings) throws DiskException {
        return spec.physical().isPresent()
                ? spec.physical().get()
                : geometry(spec.size(), settings.adapter(spec.flags()));
    }

    /** The geometry that a disk of that size behind the controller of the descriptor would get. */
    public static Geometry geometry(long size, Descriptor descriptor) {
        return geometry(size, descriptor.value(ADAPTER_TYPE).orElse("ide"));
    }

    /** As VMware's products choose it. */
    private static Geometry geometry(long size, String adapter) {
        if (adapter.equalsIgnoreCase("ide")) {
            return Geometry.physical(size);
        }
        int heads = size < GIB ? 64 : size <= 2 * GIB ? 128 : 255;
        int sectors = size <= 2 * GIB ? 32 : 63;
        long cylinders = Math.max(1, Math.min(0xFFFF_FFFFL, size / (512L * heads * sectors)));
        return new Geometry(cylinders, heads, sectors);
    }
}
