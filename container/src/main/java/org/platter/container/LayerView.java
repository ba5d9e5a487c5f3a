// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.container.chain.Chain;
import org.platter.container.format.Locations;
import org.platter.container.image.ChainLayer;
import org.platter.container.job.Needs;
import org.platter.container.structure.Attributes;
import org.platter.container.structure.ChainEditor;
import org.platter.disk.FormatInfo;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.format.Capability;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;

/**
 * A layer as its users see it. Two views of one layer are equal. It holds no lock and asks the layer each time, so what
 * it shows is true for the moment; once the layer has been closed, calls say that it is not open in this disk.
 */
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
        number();
        return layer.info();
    }

    @Override
    public List<String> notes() {
        return layer.notes();
    }

    @Override
    public Set<OpenFlag> openFlags() throws DiskException {
        number();
        return layer.flags();
    }

    @Override
    public void openFlags(Set<OpenFlag> flags) throws DiskException {
        number();
        disk.changing("a change of flags", Needs.changing(layer), () -> {
            ChainEditor.openFlags(chain(), layer, flags);
            return null;
        });
    }

    @Override
    public void update(ImageAttributes attributes) throws DiskException {
        number();
        disk.changing("a change of attributes", Needs.changing(layer), () -> {
            Attributes.update(chain(), layer, attributes);
            return null;
        });
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
        return disk.swap().state(layer);
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
