// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.platter.disk.DiskManager;
import org.platter.disk.FormatInfo;
import org.platter.shell.command.Console;
import org.platter.shell.option.UsageException;

/**
 * Where an image is, as the user wrote it: a path, a URI, or {@code iscsi://user%secret@host:port/target/lun}, of which
 * the account becomes config values, so that the secret is part of no location.
 *
 * @param uri the place
 * @param config what the word said beside the place
 */
public record Location(URI uri, Map<String, String> config) {
    private static final Pattern SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]+):(//)?(.*)", Pattern.DOTALL);

    /** Reads a word; relative paths start in the directory. */
    public static Location parse(String word, Path directory) {
        Matcher matcher = SCHEME.matcher(word);
        if (!matcher.matches()) {
            return new Location(Console.path(word, directory).toUri(), Map.of());
        }
        String scheme = matcher.group(1).toLowerCase(Locale.ROOT);
        boolean hierarchical = matcher.group(2) != null;
        if (scheme.equals("file") && !hierarchical && !matcher.group(3).startsWith("/")) {
            return new Location(Console.path(matcher.group(3), directory).toUri(), Map.of());
        }
        if (scheme.equals("iscsi") && hierarchical) {
            return iscsi(matcher.group(3));
        }
        if (scheme.equals("iscsi") && matcher.group(3).startsWith("/")) {
            // not shown: it may hold a secret
            throw new UsageException("an iSCSI location begins with iscsi://, with two slashes");
        }
        return new Location(
                hierarchical || scheme.equals("file")
                        ? uri(word)
                        : Console.path(word, directory).toUri(),
                Map.of());
    }

    /** The format that opens locations of this scheme itself. */
    public Optional<FormatInfo> owner(DiskManager manager) {
        return manager.formats().stream()
                .filter(format -> format.schemes().contains(uri.getScheme()))
                .findFirst();
    }

    /** True if both name the same image. */
    public static boolean same(URI one, URI other) {
        if (one.equals(other)) {
            return true;
        }
        try {
            return "file".equals(one.getScheme())
                    && "file".equals(other.getScheme())
                    && Files.isSameFile(Path.of(one), Path.of(other));
        } catch (java.io.IOException | IllegalArgumentException e) {
            return false; // one of them is not there
        }
    }

    /** The host and everything after it cannot contain an at sign; user and secret are taken as they stand. */
    private static Location iscsi(String rest) {
        int at = rest.lastIndexOf('@');
        if (at < 0) {
            return new Location(uri("iscsi://" + rest), Map.of());
        }
        String account = rest.substring(0, at);
        int percent = account.indexOf('%');
        Map<String, String> config = new LinkedHashMap<>();
        config.put("InitiatorUsername", percent < 0 ? account : account.substring(0, percent));
        if (percent >= 0) {
            byte[] secret = account.substring(percent + 1).getBytes(StandardCharsets.UTF_8);
            config.put("InitiatorSecret", "0x" + HexFormat.of().formatHex(secret));
        }
        return new Location(uri("iscsi://" + rest.substring(at + 1)), config);
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new UsageException("'" + text + "' is no location: " + e.getReason() + " at " + e.getIndex());
        }
    }

    /** Without the config, which may be secret. */
    @Override
    public String toString() {
        return uri.toString();
    }
}
