// SPDX-License-Identifier: Apache-2.0
package org.platter.container.format;

import java.net.URI;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Names of images that are not complete yet: beside their place, hidden, and telling what they will be. Beside, because only
 * a rename within one file system is one step; telling, so that whoever finds one after a crash knows what it was.
 */
public final class Drafts {
    private static final String PREFIX = ".platter-draft-";
    private static final int ID = 8; // letters that tell drafts of one name apart
    private static final Pattern DRAFT = Pattern.compile("\\.platter-draft-[0-9a-f]{8}-(.+)", Pattern.DOTALL);

    private Drafts() {}

    /** A new name for what will be called {@code name}. */
    public static String of(String name) {
        return PREFIX + UUID.randomUUID().toString().substring(0, ID) + "-" + name;
    }

    /** A location for people: that of a draft is the place that it is made for. */
    public static String show(URI location) {
        String name = Locations.name(location);
        String shown = Locations.show(location);
        return shown.endsWith(name) ? shown.substring(0, shown.length() - name.length()) + original(name) : shown;
    }

    /** True if {@code name} is a draft of what will be called {@code original}. */
    public static boolean isOf(String name, String original) {
        return DRAFT.matcher(name).matches() && original(name).equals(original);
    }

    /** True if both are files of one draft. */
    public static boolean together(String one, String other) {
        int end = PREFIX.length() + ID;
        return DRAFT.matcher(one).matches() && DRAFT.matcher(other).matches() && one.regionMatches(0, other, 0, end);
    }

    /** What a draft will be called; anything else is called what it is. */
    public static String original(String name) {
        var draft = DRAFT.matcher(name);
        return draft.matches() ? draft.group(1) : name;
    }
}
