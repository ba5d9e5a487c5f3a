// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.option;

import java.math.BigDecimal;

/** Numbers of bytes as people write and read them: {@code 64k}, {@code 1.5G}, {@code 0x200}; units of 1024. */
public final class Sizes {
    private static final String UNITS = "KMGTP";
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    private Sizes() {}

    /** Bytes, 0 to 2^63-1, exactly; a fraction of a byte is refused. */
    public static long parse(String word) {
        try {
            return word.startsWith("0x") ? hexadecimal(word) : decimal(word);
        } catch (NumberFormatException | ArithmeticException e) {
            throw new UsageException("'" + word + "' is no number of bytes from 0 to 2^63-1, such as 512, 64k or 1.5G");
        }
    }

    /** With one digit after the point at most: {@code "1.5 GiB"}. */
    public static String human(long bytes) {
        if (bytes < 1024) {
            return bytes == 1 ? "1 byte" : bytes + " bytes";
        }
        int unit = 0;
        double value = bytes / 1024.0;
        // what would be rounded to 1024 is the next unit's 1
        while (value >= 1023.95 && unit < UNITS.length()) {
            value /= 1024;
            unit++;
        }
        long tenths = Math.round(value * 10);
        String fraction = tenths % 10 == 0 ? "" : "." + tenths % 10;
        return tenths / 10 + fraction + " " + "KMGTPE".charAt(unit) + "iB";
    }

    /** For people and calculators: {@code "1.5 GiB (1610612736 bytes)"}. */
    public static String both(long bytes) {
        return bytes < 1024 ? human(bytes) : human(bytes) + " (" + bytes + " bytes)";
    }

    private static long hexadecimal(String word) {
        long value = Long.parseUnsignedLong(digits(word.substring(2), "0123456789abcdefABCDEF"), 16);
        if (value < 0) {
            throw new ArithmeticException("beyond 2^63-1");
        }
        return value;
    }

    private static long decimal(String word) {
        int last = word.length() - 1;
        int unit = last < 0 ? -1 : UNITS.indexOf(word.charAt(last) == 'k' ? 'K' : word.charAt(last));
        BigDecimal number = new BigDecimal(digits(unit < 0 ? word : word.substring(0, last), "0123456789."));
        BigDecimal bytes = number.multiply(BigDecimal.valueOf(1L << 10 * (unit + 1)));
        if (bytes.compareTo(MOST) > 0) {
            throw new ArithmeticException("beyond 2^63-1");
        }
        return bytes.longValueExact();
    }

    /** Keeps signs and exponents out, which the parsers of Java would take; also words without end. */
    private static String digits(String word, String allowed) {
        if (word.isEmpty() || word.length() > 30 || !word.chars().allMatch(c -> allowed.indexOf(c) >= 0)) {
            throw new NumberFormatException(word);
        }
        return word;
    }
}
