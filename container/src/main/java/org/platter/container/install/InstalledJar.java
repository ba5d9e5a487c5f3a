// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.osgi.framework.Bundle;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The jar that a bundle was installed from.
 *
 * @param bundle the bundle
 * @param digest the digest that its location names, or empty
 * @param file the file that its location names, if it does
 */
record InstalledJar(Bundle bundle, String digest, Optional<Path> file) {
    /** Start of the location of a bundle that the installer has installed; its digest follows. */
    static final String LOCATION = "platter-format:";

    private static final String MANIFEST = "META-INF/MANIFEST.MF";

    static InstalledJar of(Bundle bundle) {
        String location = bundle.getLocation();
        return location.startsWith(LOCATION)
                ? new InstalledJar(bundle, location.substring(LOCATION.length()), Optional.empty())
                : new InstalledJar(bundle, "", file(location));
    }

    /** Equinox puts {@code initial@} before what it was started with; both know {@code reference:}. */
    private static Optional<Path> file(String location) {
        String plain = location.replaceFirst("^initial@", "").replaceFirst("^reference:", "");
        try {
            URI uri = URI.create(plain);
            Path path = uri.getPath() != null ? Path.of(uri.getPath()) : Path.of(uri.getSchemeSpecificPart());
            return "file".equals(uri.getScheme()) ? Optional.of(path) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Its bytes: those of the file, the other one if there is, if it holds what the bundle holds; else the bundle's entries in a new jar, for a file
     * may hold another version by now, or be gone, and bundles are updated from anywhere.
     */
    byte[] bytes(Optional<Path> other) throws DiskException {
        try {
            byte[] packed = packed();
            Path named = other.or(() -> file).orElse(Path.of(""));
            if (named.isAbsolute() && Files.isRegularFile(named)) {
                byte[] jar = Files.readAllBytes(named);
                return entries(jar).equals(entries(packed)) ? jar : packed;
            }
            return packed;
        } catch (IOException e) {
            throw new DiskException(ErrorCode.IO, bundle + " cannot be kept for a rollback: " + e, e);
        }
    }

    /** What is in a jar; empty if it is none. */
    private static Map<String, ByteBuffer> entries(byte[] jar) throws IOException {
        Map<String, ByteBuffer> entries = new HashMap<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(jar))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                if (!entry.isDirectory()) {
                    entries.put(entry.getName(), ByteBuffer.wrap(in.readAllBytes()));
                }
            }
        }
        return entries;
    }

    private byte[] packed() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            put(out, MANIFEST);
            for (String name : names()) {
                if (!name.endsWith("/") && !name.equals(MANIFEST)) {
                    put(out, name);
                }
            }
        }
        return bytes.toByteArray();
    }

    private Iterable<String> names() {
        TreeSet<String> names = new TreeSet<>();
        var entries = bundle.findEntries("/", "*", true);
        for (URL entry : entries == null ? List.<URL>of() : Collections.list(entries)) {
            names.add(entry.getPath().replaceFirst("^/", ""));
        }
        return names;
    }

    private void put(ZipOutputStream out, String name) throws IOException {
        URL entry = bundle.getEntry(name);
        if (entry == null) {
            throw new IOException("it has no " + name);
        }
        ZipEntry written = new ZipEntry(name);
        written.setTime(0); // the same entries are the same jar
        out.putNextEntry(written);
        try (InputStream in = entry.openStream()) {
            in.transferTo(out);
        }
    }
}
