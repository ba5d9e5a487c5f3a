// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Locations as people write them, never with a secret. */
public final class Places {
    private static final Pattern SECRET = Pattern.compile("(://[^/@%\\s]*)%\\S*@");

    private Places() {}

    /** A path for a file, else the URI. */
    public static String show(URI location) {
        if ("file".equals(location.getScheme())) {
            try {
                return Path.of(location).toString();
            } catch (IllegalArgumentException | FileSystemNotFoundException e) {
                // not a file of this host; the URI says what it is
            }
        }
        return withoutSecrets(location.toString());
    }

    /** Text in which {@code scheme://user%secret@host} has lost its secret. */
    public static String withoutSecrets(String text) {
        return text.contains("://") ? SECRET.matcher(text).replaceAll("$1%***@") : text;
    }
}
