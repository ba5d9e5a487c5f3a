// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.platter.config.Config;
import org.platter.container.format.Drafts;
import org.platter.container.format.FormatProvider;
import org.platter.container.format.Locations;
import org.platter.container.format.Platform;
import org.platter.error.DiskException;
import org.platter.format.ImageContext;
import org.platter.storage.Storage;
import org.platter.storage.TcpConnector;

/** What a format gets to open one image, from the storages of its layer. */
public record LayerContext(
        LayerStorages storages, Config config, boolean writable, boolean infoOnly, TcpConnector connector)
        implements ImageContext {
    private static final int MOST_SIBLINGS = 10_000;

    /** For a provider that is to open the image of these storages: what the location says, then what the caller gave. */
    static LayerContext of(
            Platform platform,
            FormatProvider provider,
            LayerStorages files,
            Map<String, String> config,
            boolean writable,
            boolean infoOnly)
            throws DiskException {
        Map<String, String> values = new HashMap<>(provider.backend().configOf(files.location()));
        values.putAll(config);
        Config checked = provider.backend().schema().validate(values);
        return new LayerContext(files, checked, writable, infoOnly, platform.connector());
    }

    @Override
    public URI location() {
        return storages.location();
    }

    @Override
    public String name() {
        return Drafts.original(Locations.name(storages.location()));
    }

    @Override
    public Storage storage() throws IOException {
        return storages.main();
    }

    @Override
    public Storage storage(String name) throws IOException {
        return storages.sibling(name, !writable);
    }

    @Override
    public Storage storageForReading(String name) throws IOException {
        return storages.sibling(name, true);
    }

    @Override
    public Storage createStorage(String name) throws IOException {
        return storages.create(name);
    }

    @Override
    public List<String> siblings() throws IOException {
        return storages.provider() == null
                ? List.of()
                : storages.provider().siblings(storages.location(), MOST_SIBLINGS).stream()
                        .map(Locations::name)
                        .toList();
    }
}
