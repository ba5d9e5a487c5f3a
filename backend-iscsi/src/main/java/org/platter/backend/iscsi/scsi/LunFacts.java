// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

import java.util.List;
import java.util.Objects;

/**
 * What a disk says of itself.
 *
 * @param product vendor, product and revision
 * @param identities what tells this unit from all others: designators or serial number; may be empty
 * @param blocks how many there are
 * @param blockSize bytes, a power of two from 512 to 65536
 * @param removable the medium can be changed
 * @param queueing takes more than one command at a time
 * @param readOnly writes are refused
 * @param volatileCache written data may be in a cache until it is flushed
 * @param limits of single commands, and what provisioning offers
 */
public record LunFacts(
        String product,
        List<String> identities,
        long blocks,
        int blockSize,
        boolean removable,
        boolean queueing,
        boolean readOnly,
        boolean volatileCache,
        Limits limits) {

    /** Copies the list. */
    public LunFacts {
        Objects.requireNonNull(product);
        identities = List.copyOf(identities);
    }

    /** Size of the disk in bytes. */
    public long size() {
        return blocks * blockSize;
    }

    /** True if both can be the same unit. */
    public boolean sameUnit(LunFacts other) {
        return identities.equals(other.identities)
                && blockSize == other.blockSize
                && (!identities.isEmpty() || product.equals(other.product));
    }

    /**
     * Limits of single commands, in blocks; 0 where the unit tells none.
     *
     * @param transfer most blocks of a read or write
     * @param unmap most blocks of an UNMAP, 0 if UNMAP is not to be used
     * @param granularity blocks that UNMAP gives up together, at least 1
     * @param alignment the first block of such a group
     * @param writeSame most blocks of a WRITE SAME
     * @param unmapping how blocks are given up
     * @param tracksMapping GET LBA STATUS may be asked
     */
    public record Limits(
            long transfer,
            long unmap,
            long granularity,
            long alignment,
            long writeSame,
            Unmapping unmapping,
            boolean tracksMapping) {
        /** A unit that told nothing. */
        public static final Limits NONE = new Limits(0, 0, 1, 0, 0, Unmapping.NONE, false);
    }

    /** The command that gives up blocks so that they read as zeroes. */
    public enum Unmapping {
        /** No command does. */
        NONE,
        /** UNMAP. */
        UNMAP,
        /** WRITE SAME(16) with its unmap bit. */
        WRITE_SAME_16,
        /** WRITE SAME(10) with its unmap bit. */
        WRITE_SAME_10
    }
}
