// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

/** How an image is opened. Source: the seed's VD_OPEN_FLAGS_*; none of them is VD_OPEN_FLAGS_NORMAL. */
public enum OpenFlag {
    /** For reading only. */
    READ_ONLY,
    /** Store zeroes as data, where a format could mark them instead. */
    HONOR_ZEROES,
    /** Store data also where the chain reads the same already. Implied by fixed images. */
    HONOR_SAME,
    /** Only to look at its attributes: no checks of its place in a chain. Does not imply {@link #READ_ONLY}. */
    INFO,
    /** For asynchronous requests, which are refused otherwise. */
    ASYNC_IO,
    /** Do not exclude others that open the image for writing with this flag. */
    SHAREABLE,
    /**
     * Flushes do not wait for the medium: what is written survives the end of the process, and the host brings it to the
     * medium when it likes to. For images that can be made again, such as the target of a copy.
     */
    IGNORE_FLUSH
}
