// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.meta;

import static org.platter.backend.vmdk.descriptor.ExtentLine.Type.FLAT;
import static org.platter.backend.vmdk.descriptor.ExtentLine.Type.SESPARSE;
import static org.platter.backend.vmdk.descriptor.ExtentLine.Type.SPARSE;
import static org.platter.backend.vmdk.descriptor.ExtentLine.Type.VMFS;
import static org.platter.backend.vmdk.descriptor.ExtentLine.Type.VMFSRAW;
import static org.platter.backend.vmdk.descriptor.ExtentLine.Type.VMFSRDM;
import static org.platter.backend.vmdk.descriptor.ExtentLine.Type.VMFSSPARSE;
import static org.platter.backend.vmdk.descriptor.ExtentLine.Type.ZERO;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.error.DiskException;
import org.platter.format.ImageFlag;

/** What a descriptor says that the whole image is, with the extents that go with it. */
public enum CreateType {
    MONOLITHIC_SPARSE("monolithicSparse", Set.of(), SPARSE),
    STREAM_OPTIMIZED("streamOptimized", Set.of(ImageFlag.STREAM_OPTIMIZED), SPARSE),
    MONOLITHIC_FLAT("monolithicFlat", Set.of(), FLAT, ZERO),
    SPLIT_SPARSE("twoGbMaxExtentSparse", Set.of(ImageFlag.SPLIT_2G), SPARSE, ZERO),
    SPLIT_SPARSE_2("2GbMaxExtentSparse", Set.of(ImageFlag.SPLIT_2G), SPARSE, ZERO),
    SPLIT_FLAT("twoGbMaxExtentFlat", Set.of(ImageFlag.SPLIT_2G), FLAT, ZERO),
    SPLIT_FLAT_2("2GbMaxExtentFlat", Set.of(ImageFlag.SPLIT_2G), FLAT, ZERO),
    FULL_DEVICE("fullDevice", Set.of(ImageFlag.RAWDISK), FLAT, ZERO),
    PARTITIONED_DEVICE("partitionedDevice", Set.of(ImageFlag.RAWDISK), FLAT, ZERO),
    VMFS_FLAT("vmfs", Set.of(ImageFlag.ESX), VMFS, FLAT, ZERO),
    VMFS_THIN("vmfsThin", Set.of(ImageFlag.ESX), VMFS, VMFSSPARSE, ZERO),
    VMFS_PREALLOCATED("vmfsPreallocated", Set.of(ImageFlag.ESX), VMFS, ZERO),
    VMFS_THICK("vmfsEagerZeroedThick", Set.of(ImageFlag.ESX), VMFS, ZERO),
    VMFS_SPARSE("vmfsSparse", Set.of(ImageFlag.ESX), VMFSSPARSE, ZERO),
    SE_SPARSE("seSparse", Set.of(ImageFlag.ESX), SESPARSE, ZERO),
    VMFS_RAW("vmfsRaw", Set.of(ImageFlag.ESX), VMFSRAW, VMFSRDM),
    VMFS_RDM("vmfsRawDeviceMap", Set.of(ImageFlag.ESX), VMFSRAW, VMFSRDM),
    VMFS_RDMP("vmfsPassthroughRawDeviceMap", Set.of(ImageFlag.ESX), VMFSRAW, VMFSRDM),
    /** Any other word: the extents decide. */
    OTHER("custom", Set.of(), FLAT, SPARSE, ZERO, VMFS, VMFSSPARSE, SESPARSE, VMFSRDM, VMFSRAW);

    private static final Set<ExtentLine.Type> WITHOUT_TABLES = EnumSet.of(FLAT, VMFS, ZERO);

    private final String word;
    private final Set<ImageFlag> flags;
    private final Set<ExtentLine.Type> types;

    CreateType(String word, Set<ImageFlag> flags, ExtentLine.Type... types) {
        this.word = word;
        this.flags = flags;
        this.types = Set.of(types);
    }

    /** As it stands in the descriptor. */
    public String word() {
        return word;
    }

    public static CreateType of(String word) {
        for (CreateType each : values()) {
            if (each.word.equalsIgnoreCase(word)) {
                return each;
            }
        }
        return OTHER;
    }

    /** Fails if the extents are not of this type. */
    public void check(List<ExtentLine> extents) throws DiskException {
        for (ExtentLine each : extents) {
            if (!types.contains(each.type())) {
                throw Bad.header(
                        "VMDK descriptor: createType " + word + " contradicts an extent of type " + each.type());
            }
        }
        boolean one = this == MONOLITHIC_SPARSE || this == STREAM_OPTIMIZED;
        if (extents.isEmpty() || one && extents.size() != 1) {
            throw Bad.header("VMDK descriptor: createType " + word + " has " + extents.size() + " extents");
        }
    }

    /** What an image with these extents is. */
    public Set<ImageFlag> flags(List<ExtentLine> extents) {
        Set<ImageFlag> all = EnumSet.noneOf(ImageFlag.class);
        all.addAll(flags);
        if (extents.stream().allMatch(each -> WITHOUT_TABLES.contains(each.type()))) {
            all.add(ImageFlag.FIXED);
        }
        return all;
    }
}
