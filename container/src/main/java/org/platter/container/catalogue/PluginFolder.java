// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.io.File;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * The jars of a folder, known by their manifests. A manifest is read again only when size or time of its file have
 * changed.
 */
public final class PluginFolder {
    private static final Logger LOG = System.getLogger(PluginFolder.class.getName());

    private final Path folder;
    private final Map<String, Seen> seen = new HashMap<>(); // guarded by this, by file name

    private record Seen(long size, long time, List<Offer> offers) {}

    /** The folder need not exist. */
    public PluginFolder(Path folder) {
        this.folder = folder;
    }

    /** What its jars offer now, in the order of their names. */
    public synchronized List<Offer> offers() {
        File[] files = folder.toFile().listFiles((parent, name) -> name.endsWith(".jar"));
        List<Offer> offers = new ArrayList<>();
        for (File file : files == null ? new File[0] : sorted(files)) {
            Seen known = seen.get(file.getName());
            if (known == null || known.size() != file.length() || known.time() != file.lastModified()) {
                known = new Seen(file.length(), file.lastModified(), read(file));
                seen.put(file.getName(), known);
            }
            offers.addAll(known.offers());
        }
        return offers;
    }

    private static File[] sorted(File[] files) {
        Arrays.sort(files);
        return files;
    }

    private List<Offer> read(File file) {
        try (JarFile jar = new JarFile(file, false)) {
            Manifest manifest = jar.getManifest();
            Offer.Origin origin = new Offer.Origin(file.toURI(), file.toURI(), Optional.empty());
            return manifest == null ? List.of() : Offer.of(manifest.getMainAttributes(), origin);
        } catch (IOException e) {
            LOG.log(Level.WARNING, () -> "plugin " + file + " is left out: " + e.getMessage());
            return List.of();
        }
    }
}
