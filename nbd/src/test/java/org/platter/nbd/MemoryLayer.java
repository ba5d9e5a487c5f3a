// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.config.ConfigSchema;
import org.platter.disk.FormatInfo;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.format.Capability;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageInfo;

/** The one layer of a {@link MemoryDisk}. */
record MemoryLayer(long size, boolean async) implements Layer {
    private static final URI LOCATION = URI.create("memory:disk");

    @Override
    public List<String> notes() {
        return List.of();
    }

    @Override
    public int number() {
        return 0;
    }

    @Override
    public URI location() {
        return LOCATION;
    }

    @Override
    public FormatInfo format() {
        return new FormatInfo("MEMORY", "test", "1.0.0", 0, Set.of(), List.of(), List.of(), ConfigSchema.EMPTY, 1);
    }

    @Override
    public ImageInfo info() {
        return ImageInfo.of("1", size, 512, Set.of(), Set.of(Capability.DISCARD));
    }

    @Override
    public Set<OpenFlag> openFlags() {
        return async ? Set.of(OpenFlag.ASYNC_IO) : Set.of();
    }

    @Override
    public void openFlags(Set<OpenFlag> flags) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void update(ImageAttributes attributes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long fileSize() {
        return size;
    }

    @Override
    public long allocatedSize() {
        return size;
    }

    @Override
    public List<URI> files() {
        return List.of(LOCATION);
    }

    @Override
    public State state() {
        return State.OPEN;
    }

    @Override
    public Optional<String> reason() {
        return Optional.empty();
    }
}
