// SPDX-License-Identifier: Apache-2.0
package org.platter.container.format;

import java.net.URI;
import java.nio.file.Path;

/** Locations as people read them, and their parts. */
public final class Locations {
    private Locations() {}

    /** A path for files, else the URI; never with user or secret. */
    public static String show(URI location) {
        if ("file".equals(location.getScheme())) {
            return Path.of(location).toString();
        }
        return withoutSecret(location).toString();
    }

    /** The location without user and secret. */
    public static URI withoutSecret(URI location) {
        String authority = location.getRawAuthority();
        int at = authority == null ? -1 : authority.lastIndexOf('@');
        if (at < 0) {
            return location; // an at sign elsewhere is part of a name
        }
        String text = location.toString();
        int start = text.indexOf("://") + 3;
        return URI.create(text.substring(0, start) + text.substring(start + at + 1));
    }

    /** The last part of the path. */
    public static String name(URI location) {
        String path = String.valueOf(location.getPath());
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Another name in the same folder. */
    public static URI sibling(URI location, String name) {
        if ("file".equals(location.getScheme())) {
            return Path.of(location).resolveSibling(name).toUri();
        }
        String text = location.toString();
        return URI.create(text.substring(0, text.lastIndexOf('/') + 1) + name);
    }

    /** A place inside the folder, so that its siblings are the folder's files. */
    public static URI inside(URI folder) {
        String text = folder.toString();
        return URI.create(text.endsWith("/") ? text + "." : text + "/.");
    }

    /** How {@code from} names {@code to}: relative if both are files of one root, else in full. */
    public static String relative(URI from, URI to) {
        if (!"file".equals(from.getScheme()) || !"file".equals(to.getScheme())) {
            return show(to);
        }
        try {
            Path folder = Path.of(from).resolveSibling("");
            return folder.relativize(Path.of(to)).toString().replace('\\', '/');
        } catch (IllegalArgumentException e) {
            return show(to); // another drive
        }
    }
}
