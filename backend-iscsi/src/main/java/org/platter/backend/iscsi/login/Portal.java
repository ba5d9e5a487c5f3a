// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a target listens.
 *
 * @param host a name or address, without brackets
 * @param port 1 to 65535
 */
public record Portal(String host, int port) {
    /** The port that is meant where none is written. */
    public static final int DEFAULT_PORT = 3260;

    private static final Pattern WRITTEN = Pattern.compile(
            "(?:\\[([0-9A-Fa-f:.]+(?:%[\\w.~-]+)?)]|([^\\s\\[\\]:/@,%]+))(?::(\\d{1,5}))?(?:,\\d{1,5})?");

    /** Reads {@code host}, {@code host:port}, {@code [v6]:port}, each with or without {@code ,group}. */
    public static Optional<Portal> parse(String text) {
        Matcher matcher = WRITTEN.matcher(text);
        if (text.length() > 300 || !matcher.matches()) {
            return Optional.empty();
        }
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        int port = matcher.group(3) == null ? DEFAULT_PORT : Integer.parseInt(matcher.group(3));
        return port < 1 || port > 65535 ? Optional.empty() : Optional.of(new Portal(host, port));
    }

    /** As people write it, the port always present. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
