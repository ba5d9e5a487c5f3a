// SPDX-License-Identifier: Apache-2.0
package org.platter.error;

/**
 * The stable reason of a {@link DiskException}. Codes are added, never renamed. Each names the status of the C API that
 * it stands for.
 */
public enum ErrorCode {
    /** No image is open in the disk. {@code VERR_VD_NOT_OPENED} */
    NOT_OPENED,
    /** The disk has no such image. {@code VERR_VD_IMAGE_NOT_FOUND} */
    IMAGE_NOT_FOUND,
    /** The image, its storage or its target is read-only. {@code VERR_VD_IMAGE_READ_ONLY} */
    READ_ONLY,
    /** No geometry is stored. {@code VERR_VD_GEOMETRY_NOT_SET} */
    NO_GEOMETRY,
    /** Child and parent do not belong together. {@code VERR_VD_UUID_MISMATCH} */
    UUID_MISMATCH,
    /** A header, footer or descriptor is not valid. {@code VERR_VD_GEN_INVALID_HEADER} */
    BAD_HEADER,
    /** Tables or data inside the image contradict each other. {@code VERR_VD_IMAGE_CORRUPTED} */
    CORRUPT,
    /** The size is not possible in this format or place. {@code VERR_VD_INVALID_SIZE} */
    BAD_SIZE,
    /** A base, differencing or fixed image does not fit this place in the chain. {@code VERR_VD_INVALID_TYPE} */
    BAD_TYPE,
    /** The operation is not allowed in the present state. {@code VERR_VD_INVALID_STATE} */
    BAD_STATE,
    /** Another job or change uses the image in a way that does not go with this one. {@code VERR_RESOURCE_BUSY} */
    BUSY,
    /** The bundle that serves the image's format has left and no other came in time. {@code VERR_VD_INVALID_STATE} */
    BACKEND_GONE,
    /** A config key that the format does not know. {@code VERR_VD_UNKNOWN_CFG_VALUES} */
    UNKNOWN_KEY,
    /** A mandatory config key is missing. {@code VERR_CFGM_VALUE_NOT_FOUND} */
    MISSING_KEY,
    /** A config value that cannot be read as its key's type. {@code VERR_CFGM_INTEGER_TOO_BIG} and kin */
    BAD_VALUE,
    /** The format cannot do this, or no format claims the image. {@code VERR_NOT_SUPPORTED} */
    NOT_SUPPORTED,
    /** Somebody else uses the file. {@code VERR_SHARING_VIOLATION} */
    LOCKED,
    /** No space is left on the host. {@code VERR_DISK_FULL} */
    DISK_FULL,
    /** The host or Platter's own policy forbids access. {@code VERR_ACCESS_DENIED} */
    DENIED,
    /** The file, target or format does not exist. {@code VERR_FILE_NOT_FOUND} */
    NOT_FOUND,
    /** The file exists already. {@code VERR_ALREADY_EXISTS} */
    EXISTS,
    /** The operation was cancelled. {@code VERR_CANCELLED} */
    CANCELLED,
    /** A peer did not answer in time. {@code VERR_TIMEOUT} */
    TIMEOUT,
    /** The host failed to transfer bytes. {@code VERR_FILE_IO_ERROR} */
    IO
}
