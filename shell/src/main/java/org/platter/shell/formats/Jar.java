// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.formats;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.UsageException;

/** A jar as the user wrote it: a path or a URL. */
final class Jar {
    private static final Pattern URL = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]+:.*");

    private Jar() {}

    /** Where the jar is. */
    static URI location(Invocation invocation, String word) {
        if (!URL.matcher(word).matches()) {
            return invocation.file(word).toUri();
        }
        try {
            URI uri = new URI(word);
            boolean relative = "file".equals(uri.getScheme()) && uri.isOpaque();
            return relative ? invocation.file(uri.getSchemeSpecificPart()).toUri() : uri;
        } catch (URISyntaxException e) {
            throw new UsageException("'" + word + "' is no URL: " + e.getReason() + " at " + e.getIndex());
        }
    }

    /** The name of a format or storage, if the word is one: it has no slash, no colon and does not end like a jar. */
    static Optional<String> name(String word) {
        boolean name = word.matches("[A-Za-z0-9_+-]+") || word.matches("[A-Za-z0-9_+.-]+") && !word.endsWith(".jar");
        return name ? Optional.of(word) : Optional.empty();
    }
}
