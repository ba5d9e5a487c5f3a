// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.meta;

import java.util.Set;

/**
 * Content ids, however they were written, as eight hexadecimal digits, so that a parent's can be compared with what its
 * child says. VMware's products write 1 to 8 hexadecimal digits; other tools write longer decimal or signed numbers, or
 * put {@code 0x} in front. What is none of these is unknown, which is no reason to refuse an image.
 */
final class ContentIds {
    /** Says of a parent that there is none. */
    static final String NONE = "ffffffff";

    /** Says of a parent that it has no content id. */
    static final String NAMELESS = "00000000";

    /** What many images share: those of disks that were never written, and constants of tools. They prove nothing. */
    static final Set<String> COMMON =
            Set.of(NONE, NAMELESS, "fffffffe", "00000001", "12345678", "7e5b80a7", "deadbeef", "cafebabe");

    private ContentIds() {}

    /** The id that a value stands for, or empty if it stands for none. */
    static String normalized(String value) {
        String text = value.strip();
        if (text.matches("0[xX][0-9A-Fa-f]{1,8}")) {
            text = text.substring(2);
        }
        if (text.matches("[0-9A-Fa-f]{1,8}")) {
            return digits(Integer.parseUnsignedInt(text, 16));
        }
        boolean decimal = text.matches("-?[0-9]{1,10}");
        long number = decimal ? Long.parseLong(text) : Long.MAX_VALUE;
        return number >= Integer.MIN_VALUE && number <= 0xFFFF_FFFFL ? digits((int) number) : "";
    }

    /** True if another image of the same id is as likely as the same image. */
    static boolean provesNothing(String id) {
        return id.isEmpty() || COMMON.contains(id);
    }

    static String digits(int id) {
        return String.format("%08x", id);
    }
}
