// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.container.chain.Assembly;
import org.platter.container.chain.Attributes;
import org.platter.container.chain.Chain;
import org.platter.container.chain.ChainLayer;
import org.platter.container.chain.Locations;
import org.platter.disk.FormatInfo;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.format.Capability;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;

/** A layer as its users see it. Two views of one layer are equal. */
record LayerView(ManagedDisk disk, ChainLayer layer) implements Layer {
    private Chain chain() {
        return disk.chain();
    }

    @Override
    public int number() throws DiskException {
        return chain().index(layer);
    }

    @Override
    public URI location() {
        return Locations.withoutSecret(layer.files().get(0));
    }

    @Override
    public FormatInfo format() {
        return disk.describe(layer.format());
    }

    @Override
    public ImageInfo info() throws DiskException {
        return chain().access().reading(() -> {
            number();
            return layer.info();
        });
    }

    @Override
    public Set<OpenFlag> openFlags() throws DiskException {
        number();
        return layer.flags();
    }

    @Override
    public void openFlags(Set<OpenFlag> flags) throws DiskException {
        Assembly.openFlags(chain(), layer, flags);
    }

    @Override
    public void update(ImageAttributes attributes) throws DiskException {
        number();
        Attributes.update(chain(), layer, attributes);
    }

    @Override
    public boolean async() throws DiskException {
        ImageInfo info = info();
        return info.can(Capability.ASYNC) && !info.is(ImageFlag.STREAM_OPTIMIZED);
    }

    @Override
    public long fileSize() throws IOException {
        return layer.fileSize();
    }

    @Override
    public long allocatedSize() throws IOException {
        return layer.allocatedSize();
    }

    @Override
    public List<URI> files() {
        return layer.files().stream().map(Locations::withoutSecret).toList();
    }

    @Override
    public State state() {
        return chain().swap().state(layer);
    }

    @Override
    public Optional<String> reason() {
        return Optional.of(layer.reason()).filter(reason -> !reason.isEmpty());
    }

    @Override
    public String toString() {
        return layer.shown();
    }
}
