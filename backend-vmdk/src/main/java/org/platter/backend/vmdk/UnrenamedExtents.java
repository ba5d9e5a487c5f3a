// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Extents that have another name than the descriptor says: when all files of a disk are renamed, and that is cut short,
 * the main file goes first, the extents follow, and the names in the descriptor change last.
 */
final class UnrenamedExtents {
    private static final Pattern NAME = Pattern.compile("(?s)[^/\\\\]*(-(?:[sf][0-9]{3,4}|flat|delta)\\.[^.]*)");

    private UnrenamedExtents() {}

    /** The name that an extent has if it was renamed like the main file, which is at {@code main} now. */
    static Optional<String> name(URI main, String extent) {
        Matcher known = NAME.matcher(extent);
        if (main.getPath() == null || !known.matches()) {
            return Optional.empty();
        }
        String name = main.getPath().substring(main.getPath().lastIndexOf('/') + 1);
        int dot = name.lastIndexOf('.');
        String renamed = (dot > 0 ? name.substring(0, dot) : name) + known.group(1);
        return renamed.equals(extent) ? Optional.empty() : Optional.of(renamed);
    }
}
