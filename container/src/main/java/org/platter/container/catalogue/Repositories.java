// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.platter.error.DiskException;

/**
 * The configured OSGi repositories. An index of a file is read anew when the file has changed; one from the network is
 * kept in a folder for a day, and longer if the network fails. What a kept index says is safe to act on: each jar is
 * compared with the digest in it.
 */
public final class Repositories {
    private static final Logger LOG = System.getLogger(Repositories.class.getName());
    private static final Duration FRESH = Duration.ofDays(1);

    private final List<URI> indexes;
    private final Path cache;
    private final Map<URI, Read> read = new HashMap<>(); // guarded by this

    private record Read(long time, List<IndexedResource> resources) {}

    /** Repositories with their indexes at these places; copies are kept in the folder. */
    public Repositories(List<URI> indexes, Path cache) {
        this.indexes = List.copyOf(indexes);
        this.cache = cache;
    }

    /** Everything that the indexes describe; one that cannot be read is reported in the log and left out. */
    public synchronized List<IndexedResource> resources() {
        List<IndexedResource> resources = new ArrayList<>();
        for (URI index : indexes) {
            try {
                resources.addAll(resources(index));
            } catch (DiskException e) {
                LOG.log(Level.WARNING, () -> "repository " + index + " is left out: " + e.getMessage());
            }
        }
        return resources;
    }

    private List<IndexedResource> resources(URI index) throws DiskException {
        Read known = read.get(index);
        Path file = "file".equals(index.getScheme()) ? Path.of(index) : kept(index);
        if (known != null && known.time() == file.toFile().lastModified() && !stale(index, file)) {
            return known.resources();
        }
        byte[] bytes = "file".equals(index.getScheme()) ? Fetch.bytes(index) : network(index, file);
        Read fresh = new Read(file.toFile().lastModified(), IndexReader.read(index, bytes));
        read.put(index, fresh);
        return fresh.resources();
    }

    private Path kept(URI index) {
        return cache.resolve(Fetch.digest(index.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8)) + ".xml");
    }

    private static boolean stale(URI index, Path file) {
        return !"file".equals(index.getScheme())
                && System.currentTimeMillis() - file.toFile().lastModified() > FRESH.toMillis();
    }

    private static byte[] network(URI index, Path kept) throws DiskException {
        if (Files.exists(kept) && !stale(index, kept)) {
            return Fetch.bytes(kept.toUri());
        }
        try {
            byte[] bytes = Fetch.bytes(index);
            IndexReader.read(index, bytes); // what is no index does not take the place of one that was
            keep(kept, bytes);
            return bytes;
        } catch (DiskException e) {
            if (!Files.exists(kept)) {
                throw e;
            }
            LOG.log(Level.WARNING, () -> e.getMessage() + "; what it said before is used");
            return Fetch.bytes(kept.toUri());
        }
    }

    private static void keep(Path file, byte[] bytes) {
        try {
            Files.createDirectories(file.getParent());
            Path fresh = Files.createTempFile(file.getParent(), "index", ".tmp");
            Files.write(fresh, bytes);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> "an index is not kept: " + e);
        }
    }
}
