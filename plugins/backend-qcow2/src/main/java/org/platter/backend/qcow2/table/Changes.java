// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

/** Is told of every reference that comes or goes, so that a check that is under way stays right. */
public interface Changes {
    /** Nobody wants to know. */
    Changes NONE = (kind, cluster, by, table) -> {};

    /** What refers to a cluster. */
    enum Kind {
        /** The cluster is, or was, a structure of the file. */
        STRUCTURE,
        /** The cluster is, or was, an L2 table that the L1 table names. */
        TABLE,
        /** The cluster has, or had, data. */
        DATA
    }

    /**
     * The number of references to a cluster of the file changes.
     *
     * @param by 1 or -1
     * @param table the L2 table that the reference is in, or the number of the table that is referred to; -1 for others
     */
    void changed(Kind kind, int cluster, int by, long table);
}
