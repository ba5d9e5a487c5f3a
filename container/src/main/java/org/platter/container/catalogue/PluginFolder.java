// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.io.File;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.osgi.framework.Constants;

/**
 * The jars of a folder, known by their manifests. What these say is kept in a file, so that a single command opens no
 * jar; a manifest is read again when size or time of its jar have changed. A file that cannot be kept is no failure.
 */
public final class PluginFolder {
    private static final Logger LOG = System.getLogger(PluginFolder.class.getName());
    private static final List<String> HEADERS =
            List.of(Constants.BUNDLE_SYMBOLICNAME, Constants.BUNDLE_VERSION, Constants.PROVIDE_CAPABILITY);

    private final Path folder;
    private final Path cache;
    private Map<String, Attributes> seen; // guarded by this; by state of the jar; null until needed

    /** The folder need not exist. */
    public PluginFolder(Path folder, Path cache) {
        this.folder = folder;
        this.cache = cache;
    }

    /** What its jars offer now, in the order of their names. */
    public synchronized List<Offer> offers() {
        File[] files = folder.toFile().listFiles((parent, name) -> name.endsWith(".jar"));
        if (files == null || files.length == 0) {
            return List.of();
        }
        Arrays.sort(files);
        Map<String, Attributes> known = seen == null ? kept() : seen;
        Map<String, Attributes> now = new HashMap<>();
        List<Offer> offers = new ArrayList<>();
        for (File file : files) {
            String state = file + " " + file.length() + " " + file.lastModified();
            Attributes headers = known.get(state);
            headers = headers == null ? read(file) : headers;
            now.put(state, headers);
            offers.addAll(Offer.of(headers, new Offer.Origin(file.toURI(), file.toURI(), Optional.empty())));
        }
        if (!now.keySet().equals(known.keySet())) {
            keep(now);
        }
        seen = now;
        return offers;
    }

    private static Attributes read(File file) {
        try (JarFile jar = new JarFile(file, false)) {
            Manifest manifest = jar.getManifest();
            return manifest == null ? new Attributes() : manifest.getMainAttributes();
        } catch (IOException e) {
            LOG.log(Level.WARNING, () -> "plugin " + file + " is left out: " + e.getMessage());
            return new Attributes();
        }
    }

    /** Four lines a jar: its state and three headers. */
    private Map<String, Attributes> kept() {
        Map<String, Attributes> kept = new HashMap<>();
        try {
            List<String> lines = Files.exists(cache) ? Files.readAllLines(cache) : List.of();
            for (int i = 0; i + HEADERS.size() < lines.size(); i += 1 + HEADERS.size()) {
                Attributes headers = new Attributes();
                for (int header = 0; header < HEADERS.size(); header++) {
                    headers.putValue(HEADERS.get(header), lines.get(i + 1 + header));
                }
                kept.put(lines.get(i), headers);
            }
        } catch (IOException | IllegalArgumentException e) {
            kept.clear();
        }
        return kept;
    }

    private static String text(Attributes headers, String name) {
        String value = headers.getValue(name);
        return value == null ? "" : value;
    }

    private void keep(Map<String, Attributes> headers) {
        List<String> lines = headers.entrySet().stream()
                .flatMap(jar -> Stream.concat(
                        Stream.of(jar.getKey()), HEADERS.stream().map(name -> text(jar.getValue(), name))))
                .map(line -> line.replaceAll("\\R", " "))
                .toList();
        try {
            Files.createDirectories(cache.getParent());
            Path fresh = Files.createTempFile(cache.getParent(), "plugins", ".tmp");
            Files.write(fresh, lines);
            Files.move(fresh, cache, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> "what plugins offer is not kept: " + e);
        }
    }
}
