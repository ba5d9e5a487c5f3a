// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Feature bits and their names. Source: docs/formats/qcow2.md, section 2. */
public final class Features {
    /** Incompatible: refcounts may be stale. */
    public static final long DIRTY = 1;

    /** Incompatible: somebody has found a contradiction. */
    public static final long CORRUPT = 1 << 1;

    /** Incompatible: data is in another file. */
    public static final long DATA_FILE = 1 << 2;

    /** Incompatible: streams are not of type 0. */
    public static final long COMPRESSION = 1 << 3;

    /** Incompatible: L2 entries have 16 bytes. */
    public static final long EXTENDED_L2 = 1 << 4;

    /** Incompatible bits that this program understands. */
    public static final long KNOWN = DIRTY | CORRUPT | DATA_FILE | COMPRESSION | EXTENDED_L2;

    /** Compatible: refcounts may be kept back. */
    public static final long LAZY = 1;

    /** Autoclear: bitmaps are up to date. */
    public static final long BITMAPS = 1;

    /** Autoclear: the data file can be read without this one. */
    public static final long RAW_DATA = 1 << 1;

    private static final int ROW = 48;

    private static final String[][] NAMES = {
        {"dirty bit", "corrupt bit", "external data file", "compression type", "extended L2 entries"},
        {"lazy refcounts"},
        {"bitmaps", "raw external data"}
    };

    private Features() {}

    /** The table of names as it stands in new images. */
    public static byte[] table() {
        List<byte[]> rows = new ArrayList<>();
        for (int set = 0; set < NAMES.length; set++) {
            for (int bit = 0; bit < NAMES[set].length; bit++) {
                rows.add(row(set, bit, NAMES[set][bit]));
            }
        }
        ByteBuffer all = ByteBuffer.allocate(ROW * rows.size());
        rows.forEach(all::put);
        return all.array();
    }

    private static byte[] row(int set, int bit, String name) {
        ByteBuffer row = ByteBuffer.allocate(ROW);
        row.put((byte) set).put((byte) bit).put(name.getBytes(StandardCharsets.US_ASCII));
        return row.array();
    }

    /** The incompatible bits that are not known, with the names that the image's own table gives them. */
    public static String unknown(long bits, byte[] table) {
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < Long.SIZE; bit++) {
            if ((bits & ~KNOWN & 1L << bit) != 0) {
                String name = name(bit, table);
                names.add("bit " + bit + (name.isEmpty() ? "" : " (" + name + ")"));
            }
        }
        return String.join(", ", names);
    }

    private static String name(int bit, byte[] table) {
        for (int at = 0; at + ROW <= table.length; at += ROW) {
            if (table[at] == 0 && table[at + 1] == bit) {
                return Text.shown(java.util.Arrays.copyOfRange(table, at + 2, at + ROW));
            }
        }
        return "";
    }
}
