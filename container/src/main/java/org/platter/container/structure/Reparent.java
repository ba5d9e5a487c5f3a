// SPDX-License-Identifier: Apache-2.0
package org.platter.container.structure;

import java.util.List;
import org.platter.container.chain.Chain;
import org.platter.container.image.ChainLayer;
import org.platter.container.image.LayerClose;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.error.DiskException;
import org.platter.format.ImageAttributes;
import org.platter.format.ParentLink;

/**
 * Changes what the last image of a chain stands on. The link is durable before the images below are exchanged: an image that
 * reads through its new parent while its file still names the old one would come back as another disk after a crash.
 */
public final class Reparent {
    private Reparent() {}

    /** Puts the images of another chain, which becomes empty, in the place of those below the last image. */
    public static void replaceBelow(Chain chain, Chain parent) throws DiskException {
        List<ChainLayer> fresh =
                parent.alone(alone -> alone.remove(0, alone.layers().size()));
        try {
            chain.alone(alone -> {
                ChainLayer last = chain.last();
                last.flush();
                ParentLink link = fresh.isEmpty()
                        ? ParentLink.NONE
                        : ChainEditor.linkTo(last.place(), fresh.get(fresh.size() - 1));
                last.update(ImageAttributes.NONE.withParent(link));
                last.flush();
                LayerClose.of(alone.replaceBelow(fresh), Disposal.KEEP);
                return null;
            });
        } catch (DiskException | RuntimeException e) {
            for (ChainLayer layer : fresh) {
                if (!chain.layers().contains(layer)) {
                    layer.close();
                }
            }
            throw e;
        }
    }
}
