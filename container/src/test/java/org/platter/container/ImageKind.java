// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.net.URI;
import java.util.Map;
import java.util.Set;
import org.platter.disk.CreateRequest;
import org.platter.format.ImageFlag;

/** A kind of image that tests of chains make. */
record ImageKind(String format, String extension, Set<ImageFlag> flags, Map<String, String> config) {
    static final ImageKind RAW = new ImageKind("RAW", "img", Set.of(), Map.of());
    static final ImageKind VDI = new ImageKind("VDI", "vdi", Set.of(), Map.of("BlockSize", "4096", "Alignment", "512"));
    static final ImageKind VMDK = new ImageKind("VMDK", "vmdk", Set.of(), Map.of("GrainSize", "4096"));
    static final ImageKind MARKING =
            new ImageKind("VMDK", "vmdk", Set.of(), Map.of("GrainSize", "4096", "ZeroedGrains", "1"));
    static final ImageKind SPLIT = new ImageKind(
            "VMDK", "vmdk", Set.of(ImageFlag.SPLIT_2G), Map.of("GrainSize", "4096", "ExtentSize", "65536"));
    static final ImageKind VHD = new ImageKind("VHD", "vhd", Set.of(), Map.of("BlockSize", "4096"));

    /** True if it can stand on another image. */
    boolean differencing() {
        return !format.equals("RAW");
    }

    /** Makes a base, or on a disk with images a differencing image. */
    CreateRequest at(URI place) {
        ImageFlag[] variant = flags.toArray(ImageFlag[]::new);
        return CreateRequest.of(place).withFormat(format).with(variant).withConfig(config);
    }
}
