// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.platter.container.storage.host.FileKind;
import org.platter.container.storage.host.HostFailure;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Where a name that stands in an image leads. The name was chosen by somebody else: unless the caller allows more, it
 * may only lead to a regular file, or to nothing yet, in the folder of the image or below it, and it is the same file on
 * every host. Links are followed, and their ends judged, one component after another.
 */
final class PathJail {
    private static final int LONGEST = 1024;
    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*", Pattern.DOTALL);
    private static final Pattern DOS_DEVICE =
            Pattern.compile("(CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]) *(\\..*)?", Pattern.CASE_INSENSITIVE);

    private final Path folder;
    private final String name;

    private PathJail(Path folder, String name) {
        this.folder = folder;
        this.name = name;
    }

    /** The place of {@code name} in {@code folder}. */
    static Path resolve(Path folder, String name, boolean external) throws IOException {
        PathJail jail = new PathJail(folder, name);
        jail.requireText();
        try {
            return external ? jail.anywhere() : jail.inside();
        } catch (InvalidPathException e) {
            throw jail.denied("is no file name on this host");
        }
    }

    private void requireText() throws DiskException {
        if (name.isBlank()) {
            throw denied("is empty");
        }
        if (name.length() > LONGEST) {
            throw denied("has more than " + LONGEST + " characters");
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw denied("has control characters");
        }
    }

    private Path anywhere() throws IOException {
        Path path = folder.resolve(name);
        Path normal = path.normalize();
        try {
            FileKind kind = FileKind.of(path);
            if (!kind.regular() && !kind.blockDevice()) {
                throw denied("is " + kind.name());
            }
            return Files.isSameFile(path, normal) ? normal : path; // steps up from a link may differ
        } catch (NoSuchFileException e) {
            return normal; // opening it says so
        }
    }

    private Path inside() throws IOException {
        requirePortable();
        Path real = folder.toRealPath();
        Path plain = plain();
        Path here = real;
        boolean there = true;
        for (Path component : plain) {
            Path next = here.resolve(component);
            there = there && exists(next);
            here = there ? next.toRealPath() : next;
            if (!here.startsWith(real)) {
                throw denied("leads out of the folder through a link");
            }
        }
        if (there) {
            FileKind kind = FileKind.of(here);
            if (!kind.regular()) {
                throw denied("is " + kind.name());
            }
        }
        return folder.resolve(plain);
    }

    private boolean exists(Path path) throws IOException {
        FileKind kind;
        try {
            kind = FileKind.of(path, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return false;
        }
        if (kind.link() && !Files.exists(path)) {
            throw denied("is a link to nothing");
        }
        return true;
    }

    private Path plain() throws DiskException {
        Path path = Path.of(name).normalize();
        if (path.isAbsolute() || path.getRoot() != null) {
            throw denied("is absolute");
        }
        if (path.startsWith("..")) {
            throw denied("leaves the folder");
        }
        if (path.toString().isEmpty()) {
            throw denied("is a folder");
        }
        return path;
    }

    /** Refuses what means something else on another host, rather than let a copied image change its files. */
    private void requirePortable() throws DiskException {
        if (name.indexOf('\\') >= 0) {
            throw denied("has a backslash");
        }
        if (DRIVE.matcher(name).matches()) {
            throw denied("names a drive");
        }
        if (name.indexOf('"') >= 0) {
            throw denied("has a quotation mark");
        }
        for (String component : name.split("/")) {
            boolean step = component.equals(".") || component.equals("..");
            if (!step && (component.endsWith(".") || component.endsWith(" "))) {
                throw denied("ends with a dot or blank");
            }
            if (DOS_DEVICE.matcher(component).matches()) {
                throw denied("names a device");
            }
        }
        if (name.endsWith("/")) {
            throw denied("is a folder");
        }
    }

    private DiskException denied(String why) {
        return new DiskException(ErrorCode.DENIED, "file name \"" + HostFailure.shown(name) + "\" in the image " + why);
    }
}
