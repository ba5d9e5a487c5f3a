// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.file;

import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Extents that have another name than the descriptor says: when all files of a disk are renamed, and that is cut short,
 * the main file goes first, the extents follow, and the names in the descriptor change last.
 */
public final class UnrenamedExtents {
    private static final Pattern NAME = Pattern.compile("(?s)[^/\\\\]*(-(?:[sf][0-9]{3,4}|flat|delta|pt)\\.[^.]*)");

    private UnrenamedExtents() {}

    /** The name that an extent has if it was renamed like the main file, which is at {@code main} now. */
    public static Optional<String> name(URI main, String extent) {
        Matcher known = NAME.matcher(extent);
        if (main.getPath() == null || !known.matches()) {
            return Optional.empty();
        }
        String renamed = base(main) + known.group(1);
        return renamed.equals(extent) ? Optional.empty() : Optional.of(renamed);
    }

    /** True if an extent is called as those of the main file are, so that it is that image's own. */
    static boolean own(URI main, String extent) {
        Matcher known = NAME.matcher(extent);
        return main.getPath() != null && known.matches() && extent.equalsIgnoreCase(base(main) + known.group(1));
    }

    private static String base(URI main) {
        String name = name(main);
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    /** The name of the main file, as far as the location has one. */
    static String name(URI main) {
        String path = main.getPath() == null ? "" : main.getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
