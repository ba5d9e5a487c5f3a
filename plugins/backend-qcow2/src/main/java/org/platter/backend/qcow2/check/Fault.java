// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.check;

/** What may be wrong with an image. */
enum Fault {
    /** A structure cannot be read or lies over another one. */
    STRUCTURE(true),
    /** An entry of the refcount table names no block; number is the entry. */
    BLOCK(true),
    /** An L1 entry names no L2 table; number is the entry. */
    TABLE(true),
    /** An L2 entry names nothing that is in the file; number is the cluster of the disk. */
    ENTRY(true),
    /** A cluster of the disk lies over a structure; number is the cluster of the disk. */
    OVERLAP(true),
    /** Counters are lower than the references; number is how many. */
    LOW(true),
    /** Counters are higher than the references, and there are some; number is how many. */
    HIGH(false),
    /** Counters of clusters that nothing refers to; number is how many. */
    LEAK(false),
    /** An L1 entry claims to be the only reference; number is the entry. */
    TABLE_SHARED(true),
    /** An L1 entry does not say that it is the only reference; number is the entry. */
    TABLE_OWN(false),
    /** An L2 entry claims to be the only reference; number is the cluster of the disk. */
    SHARED(true),
    /** An L2 entry does not say that it is the only reference; number is the cluster of the disk. */
    OWN(false);

    /** True if the image must not be changed before this is mended. */
    final boolean blocks;

    Fault(boolean blocks) {
        this.blocks = blocks;
    }

    /** Is told of each fault. */
    @FunctionalInterface
    interface Finder {
        void found(Fault fault, long number, String what) throws java.io.IOException;
    }
}
