// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.io.IOException;
import java.util.AbstractList;
import java.util.List;

/**
 * Many results of a kind: a table for people, an array in JSON, a list for closures.
 *
 * @param <R> what a row is
 */
public final class Listing<R extends Row> extends AbstractList<R> implements Result {
    private final List<String> columns;
    private final List<R> rows;

    /** Rows under these headings. */
    public Listing(List<String> columns, List<R> rows) {
        this.columns = List.copyOf(columns);
        this.rows = List.copyOf(rows);
    }

    @Override
    public R get(int index) {
        return rows.get(index);
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public void text(Text out) throws IOException {
        out.table(columns, rows.stream().map(Row::cells).toList());
    }
}
