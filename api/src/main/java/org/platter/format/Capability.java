// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

/**
 * What a format, or one of its images, can do. The contract test holds formats to each promise, both ways. Source: the
 * seed's VD_CAP_* bits; from {@link #DISCARD} on ours.
 */
public enum Capability {
    /**
     * Images carry UUIDs: {@link ImageInfo#uuid()} is not nil, {@link Image#update} stores all four. A format that has
     * no modification UUIDs answers nil for them, and accepts others without keeping them.
     */
    UUIDS,
    /** {@link FormatBackend#create} accepts {@link ImageFlag#FIXED}. */
    CREATE_FIXED,
    /** {@link FormatBackend#create} accepts images that grow. */
    CREATE_DYNAMIC,
    /** {@link FormatBackend#create} accepts {@link ImageFlag#SPLIT_2G}. */
    CREATE_SPLIT_2G,
    /** {@link FormatBackend#create} accepts {@link ImageFlag#DIFF}: images on top of others. */
    DIFF,
    /** Images serve asynchronous requests. */
    ASYNC,
    /** Images are files. */
    FILE,
    /** Images are opened by config keys: {@link FormatBackend#schema} is not empty. */
    CONFIG,
    /** Images are reached by TCP, through {@link ImageContext#connector()}. */
    TCPNET,
    /** {@link Image#remap} accepts {@link Run.Zero} or {@link Run.Free} over data. */
    DISCARD,
    /** {@link Image#resize} grows images. */
    RESIZE,
    /** Freed storage is handed out again and cut off: {@link Image#allocate} and {@link Image#flush}. */
    COMPACT,
    /** {@link Image#check} finds faults. */
    CHECK,
    /** {@link Image#repair} mends what {@link Image#check} finds, without loss of reachable data. */
    REPAIR
}
