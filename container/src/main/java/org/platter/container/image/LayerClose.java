// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.platter.container.format.Failures;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.error.DiskException;
import org.platter.storage.StorageProvider;

/**
 * Closes images that are in a chain no longer, and deletes their files where that is wanted.
 *
 * <p>Rule of order: an image is let go and its storages are closed before files are deleted, whatever fails on the way, so
 * that no handle keeps the space of a file that has no name. The main file goes first: what is left after a crash
 * are parts that belong to nothing, never an image that opens and has holes.
 */
public final class LayerClose {
    private LayerClose() {}

    /** Of one image. What will be deleted is not flushed before. */
    public static void of(ChainLayer layer, Disposal disposal) throws DiskException {
        StorageProvider provider = layer.storages().provider();
        if (disposal == Disposal.KEEP || provider == null) {
            layer.close();
            return;
        }
        List<URI> own = List.copyOf(layer.ownFiles());
        try {
            layer.abandon();
        } finally {
            layer.closeStorages();
            delete(provider, own);
        }
    }

    private static void delete(StorageProvider provider, List<URI> files) throws DiskException {
        for (URI file : files) {
            try {
                provider.delete(file);
            } catch (IOException e) {
                throw Failures.at(file, e);
            }
        }
    }

    /** Of several images, the first one first; the first failure is thrown at the end. */
    public static void of(List<ChainLayer> layers, Disposal disposal) throws DiskException {
        DiskException first = null;
        for (ChainLayer layer : layers) {
            try {
                of(layer, disposal);
            } catch (DiskException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
