// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

import java.util.OptionalLong;

/** The 8-byte address of a logical unit. Source: docs/formats/iscsi.md, section 10. */
public final class LunAddress {
    private static final int MOST_PERIPHERAL = 255;
    private static final int MOST = 16383;
    private static final String ENCODED = "enc";

    private LunAddress() {}

    /** Reads a number from 0 to 16383, or {@code enc} and the address itself as a number of 64 bits. */
    public static OptionalLong parse(String text) {
        try {
            if (text.startsWith(ENCODED)) {
                String digits = text.substring(ENCODED.length());
                boolean hex = digits.startsWith("0x") || digits.startsWith("0X");
                return OptionalLong.of(
                        hex ? Long.parseUnsignedLong(digits.substring(2), 16) : Long.parseUnsignedLong(digits));
            }
            long number = Long.decode(text);
            return number < 0 || number > MOST || text.startsWith("-")
                    ? OptionalLong.empty()
                    : OptionalLong.of(of((int) number));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** The address of a number from 0 to 16383. */
    public static long of(int number) {
        return number <= MOST_PERIPHERAL ? (long) number << 48 : 0x4000L << 48 | (long) number << 48;
    }

    /** True if both mean the same unit: small numbers have two forms. */
    public static boolean same(long a, long b) {
        return a == b || number(a) >= 0 && number(a) == number(b);
    }

    /** The number of a single-level address, or -1. */
    public static int number(long address) {
        int first = (int) (address >>> 48);
        boolean single = address << 16 == 0;
        if (single && (first >> 14 == 1 || first <= MOST_PERIPHERAL)) {
            return first & 0x3FFF;
        }
        return -1;
    }

    /** As people write it. */
    public static String text(long address) {
        int number = number(address);
        return number >= 0 ? Integer.toString(number) : String.format("enc0x%016x", address);
    }
}
