// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.io.IOException;
import org.platter.backend.qcow2.layout.Entry;

/**
 * Changes that only a repair makes: to tables that say what is not so, without the books that others keep. Nothing is in
 * the file before {@link Volume#commit}. For one thread at a time.
 */
public final class Mending {
    private final Volume volume;

    /** Changes to this image. */
    public Mending(Volume volume) {
        this.volume = volume;
    }

    /** A block of counters is none. */
    public void forgetBlock(long index) throws IOException {
        volume.refcounts().setBlock(index, 0);
    }

    /** An L2 table is none. */
    public void forgetTable(long table) throws IOException {
        volume.map().forgetTable(table);
    }

    /** An L2 entry says something else; its table belongs to this disk alone. */
    public void set(long cluster, long entry, long second) throws IOException {
        volume.map().set(cluster, entry, second);
    }

    /** An L1 entry says whether it is the only one that names its table. */
    public void mark(long table, boolean own) throws IOException {
        long entry = volume.map().l1(table) & ~Entry.COPIED;
        volume.map().setL1(table, own ? entry | Entry.COPIED : entry);
    }

    /** A cluster has more references than were counted. */
    public void count(int cluster, long references) throws IOException {
        new RefcountGrowth(volume).ensure(cluster);
        volume.refcounts().set(cluster, references);
    }

    /** A cluster has fewer references than were counted. */
    public void lower(int cluster, long references) throws IOException {
        volume.refcounts().set(cluster, references);
        if (references == 0) {
            volume.space().settled(cluster, true);
        }
    }
}
