// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The usual dump: offset, sixteen bytes, their letters; lines like the one before are one {@code *}. */
public final class Hexdump {
    private static final int LINE = 16;
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private final Appendable out;
    private final byte[] line = new byte[LINE];
    private final byte[] previous = new byte[LINE];
    private long offset;
    private int filled;
    private boolean first = true;
    private boolean starred;

    /** A dump that starts with the byte at {@code offset}. */
    public Hexdump(Appendable out, long offset) {
        this.out = out;
        this.offset = offset;
    }

    /** Dumps the rest of the buffer behind what was there. */
    public void add(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int count = Math.min(LINE - filled, bytes.remaining());
            bytes.get(line, filled, count);
            filled += count;
            if (filled == LINE) {
                flushLine();
            }
        }
    }

    /** Dumps the last, short line and the offset behind it. */
    public void end() throws IOException {
        if (filled > 0) {
            flushLine();
        }
        out.append(address(offset)).append('\n');
    }

    private void flushLine() throws IOException {
        if (!first && filled == LINE && Arrays.equals(line, previous)) {
            if (!starred) {
                out.append("*\n");
                starred = true;
            }
        } else {
            out.append(format());
            starred = false;
        }
        System.arraycopy(line, 0, previous, 0, LINE);
        first = false;
        offset += filled;
        filled = 0;
    }

    private String format() {
        StringBuilder text = new StringBuilder(address(offset)).append(' ');
        for (int i = 0; i < LINE; i++) {
            text.append(i == LINE / 2 ? "  " : " ");
            if (i < filled) {
                text.append(DIGITS[line[i] >> 4 & 15]).append(DIGITS[line[i] & 15]);
            } else {
                text.append("  ");
            }
        }
        text.append("  |");
        for (int i = 0; i < filled; i++) {
            text.append(line[i] >= ' ' && line[i] < 127 ? (char) line[i] : '.');
        }
        return text.append("|\n").toString();
    }

    private static String address(long value) {
        String digits = Long.toHexString(value);
        return "0".repeat(Math.max(0, 8 - digits.length())) + digits;
    }
}
