// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

/** Faults that a {@link ToyBackend} can be built with, to see the contract find them. */
public enum ToyBug {
    /** The table is written while data may still be in the host's cache. */
    TABLE_BEFORE_DATA,
    /** Flush leaves the table in the host's cache. */
    TABLE_NOT_FLUSHED,
    /** A table write that failed is not tried again. */
    FORGETS_FAILED_WRITES,
    /** Storage let go is used again at once. */
    REUSES_AT_ONCE,
    /** Reserved storage is handed out twice. */
    RESERVES_TWICE,
    /** Reserved storage is never given back. */
    KEEPS_RESERVED,
    /** Free storage at the end stays. */
    KEEPS_TAIL,
    /** Freed storage is never used again. */
    NEVER_REUSES,
    /** Zero marks are stored as free. */
    ZERO_IS_FREE,
    /** Opening for writing updates the header. */
    WRITES_WHEN_OPENED,
    /** Changes of a read-only image fail only when the storage refuses. */
    IGNORES_READ_ONLY,
    /** Entries of the table are believed. */
    BELIEVES_ENTRIES,
    /** The size in the header is believed. */
    BELIEVES_SIZE,
    /** The header of a grown image is written before it is true. */
    GROWS_UNSAFELY,
    /** A grown image shows what the storage of its last block held before. */
    SHOWS_OLD_TAIL,
    /** Every file is recognised. */
    CLAIMS_EVERYTHING,
    /** A comment is lost when the image is closed. */
    LOSES_COMMENT,
    /** The repaired image still has faults. */
    REPAIRS_NOTHING,
    /** The image closes its storage. */
    CLOSES_STORAGE
}
