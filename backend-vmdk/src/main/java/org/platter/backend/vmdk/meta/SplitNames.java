// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.meta;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of the files of a split disk: {@code base-s001.vmdk} and so on, {@code f} for flat ones. */
public final class SplitNames {
    /** The most extents of an image. */
    public static final int MOST = 4096;

    private static final Pattern NAME = Pattern.compile("(?s)(.*-[sf])([0-9]{3,4})(\\.[^.]*)?");

    private SplitNames() {}

    /** The name of a file, counted from 1. */
    public static String of(String base, char kind, int number) {
        return String.format("%s-%c%03d.vmdk", base, kind, number);
    }

    /** The name with that number after the pattern of another file's name. */
    public static String next(String name, int number) {
        Matcher parts = NAME.matcher(name);
        if (parts.matches()) {
            return parts.group(1) + String.format("%03d", number) + (parts.group(3) == null ? "" : parts.group(3));
        }
        return of(name.endsWith(".vmdk") ? name.substring(0, name.length() - 5) : name, 'x', number);
    }

    /** True if the name follows the pattern. */
    public static boolean numbered(String name) {
        return NAME.matcher(name).matches();
    }
}
