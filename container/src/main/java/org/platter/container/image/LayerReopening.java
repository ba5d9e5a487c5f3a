// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.io.IOException;
import java.util.Set;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;

/**
 * Opens an image anew in its place, with other flags or after a failure. Whatever goes wrong on the way, the image is open
 * as it was, or it says that it is lost. Nobody is inside the disk.
 *
 * <p>The image is closed before it is opened again: a format may keep things in memory that a second one on the same
 * files would contradict. The storages stay open meanwhile, and with them the lock that keeps other writers out, unless the
 * way of access itself changes; then the new ones are opened before the old ones are closed.
 */
public record LayerReopening(ChainLayer layer) {
    /** Flushes, and lets the image go for a while; if that fails it stays. */
    public void rest() throws DiskException {
        layer.flushIfWritable();
        try {
            layer.abandon();
        } catch (DiskException e) {
            attachAfter(e);
            throw e;
        }
    }

    /** Opens the image anew with other flags; on failure with the old ones, and if that fails too it is lost. */
    public void reopen(Set<OpenFlag> newFlags) throws DiskException {
        rest();
        attach(newFlags);
    }

    /** Does the same on demand of a user, who thereby gives up what was lost. */
    public void openAnew(Set<OpenFlag> newFlags) throws DiskException {
        if (layer.loss().present()) {
            attachAnew(newFlags);
        } else {
            reopen(newFlags);
        }
    }

    /** Does the same, without what has not been flushed if that cannot be. */
    public void retreat(Set<OpenFlag> newFlags) throws DiskException {
        try {
            rest();
        } catch (DiskException e) {
            layer.abandon();
        }
        attach(newFlags);
    }

    private void attach(Set<OpenFlag> newFlags) throws DiskException {
        Set<OpenFlag> oldFlags = layer.flags();
        LayerStorages before = layer.storages();
        boolean others = !newFlags.contains(OpenFlag.READ_ONLY) && !before.writable();
        try {
            layer.flags(newFlags);
            if (others) {
                layer.relocate(layer.emptyStorages(before.external(), newFlags));
            }
            layer.attach();
        } catch (DiskException e) {
            layer.flags(oldFlags);
            if (others) {
                closeAfter(layer.storages(), e);
                layer.relocate(before);
            }
            attachAfter(e);
            throw e;
        }
        if (others) {
            closeAfter(before, null);
        }
    }

    /** Those that were only read from have nothing to lose. */
    private static void closeAfter(LayerStorages storages, DiskException cause) {
        try {
            storages.close();
        } catch (IOException e) {
            if (cause != null) {
                cause.addSuppressed(e);
            }
        }
    }

    /** After a lost flush: the host's own copy is not to be trusted either, so the files are opened anew as well. */
    private void attachAnew(Set<OpenFlag> newFlags) throws DiskException {
        layer.abandon();
        layer.closeStorages();
        layer.relocate(layer.emptyStorages(layer.storages().external(), newFlags));
        layer.flags(newFlags);
        try {
            layer.attach();
        } catch (DiskException e) {
            throw layer.loss().report("could not be opened again", e);
        }
    }

    /** Opens the image again after a failure; if that fails as well, the image is lost and the failure says why. */
    public void attachAfter(DiskException cause) {
        try {
            if (!layer.attached()) {
                layer.attach();
            }
        } catch (DiskException | RuntimeException e) {
            cause.addSuppressed(e);
            layer.loss().report("could not be opened again", cause);
        }
    }
}
