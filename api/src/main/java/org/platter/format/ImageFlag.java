// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

/** Kinds of images. Source: the seed's VD_IMAGE_FLAGS_*, VD_VMDK_IMAGE_FLAGS_* and VD_VDI_IMAGE_FLAGS_*. */
public enum ImageFlag {
    /** All storage is there from the start. Excludes {@link #DIFF}. */
    FIXED,
    /** The image stands on a parent that decides what its free runs read as. */
    DIFF,
    /** VMDK: in extent files of at most 2 GiB. */
    SPLIT_2G,
    /** VMDK: gives access to devices or partitions, see {@link RawDiskSpec}. */
    RAWDISK,
    /** VMDK: compressed, written once from front to end, then read-only. */
    STREAM_OPTIMIZED,
    /** VMDK: as ESX servers keep it; goes with other flags. */
    ESX,
    /** VDI: fill new blocks with zeroes. Only for creation, never reported for an opened image. */
    ZERO_EXPAND,
    /** QCOW2: what is written in order while the image is made is compressed. Only for creation, as before. */
    COMPRESSED
}
