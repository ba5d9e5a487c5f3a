// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.platter.config.Config;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageContext;
import org.platter.storage.Storage;
import org.platter.storage.TcpConnector;

/**
 * An image context on a {@link MemoryFolder}. It fails with an {@link AssertionError} whatever a format must not do:
 * change a storage that is not writable, close a storage, use one after {@link #close}. Any number of contexts may be
 * made on one folder, one after the other.
 */
public final class TestImageContext implements ImageContext, AutoCloseable {
    /** What the image is opened for. */
    public enum Mode {
        /** To be made: the main storage comes into being. */
        CREATE,
        /** For reading and writing. */
        WRITE,
        /** For reading. */
        READ,
        /** For reading attributes. */
        INFO
    }

    private final MemoryFolder folder;
    private final String name;
    private final Mode mode;
    private final Config config;
    private final boolean external;
    private final TcpConnector connector;
    private final Map<String, GuardedStorage> opened = new HashMap<>();
    private final Map<String, GuardedStorage> openedForReading = new HashMap<>();
    private final Set<String> created = new HashSet<>();

    private TestImageContext(
            MemoryFolder folder, String name, Mode mode, Config config, boolean external, TcpConnector connector) {
        this.folder = folder;
        this.name = name;
        this.mode = mode;
        this.config = config;
        this.external = external;
        this.connector = connector;
    }

    /** The image in the file {@code name} of {@code folder}, without config. */
    public static TestImageContext of(MemoryFolder folder, String name, Mode mode) {
        TcpConnector none = (address, timeout) -> refuse(address.toString());
        return new TestImageContext(folder, name, mode, Config.EMPTY, false, none);
    }

    /** To make an image in the file {@code name} of {@code folder}. */
    public static TestImageContext forCreate(MemoryFolder folder, String name) {
        return of(folder, name, Mode.CREATE);
    }

    /** To open the image in the file {@code name} of {@code folder} for writing. */
    public static TestImageContext forWriting(MemoryFolder folder, String name) {
        return of(folder, name, Mode.WRITE);
    }

    /** To open the image in the file {@code name} of {@code folder} for reading. */
    public static TestImageContext forReading(MemoryFolder folder, String name) {
        return of(folder, name, Mode.READ);
    }

    private static SocketChannel refuse(String address) throws IOException {
        throw new DiskException(ErrorCode.DENIED, address + ": this test has no network");
    }

    /** The same with these config values, checked by the schema. */
    public TestImageContext withConfig(ConfigSchema schema, Map<String, String> values) throws DiskException {
        return new TestImageContext(folder, name, mode, schema.validate(values), external, connector);
    }

    /** The same, allowed to name any file of the folder, absolute names included. */
    public TestImageContext allowingExternal() {
        return new TestImageContext(folder, name, mode, config, true, connector);
    }

    /** The same with network. */
    public TestImageContext withConnector(TcpConnector other) {
        return new TestImageContext(folder, name, mode, config, external, other);
    }

    /** The folder. */
    public MemoryFolder folder() {
        return folder;
    }

    /** Names of the storages that the format has created. */
    public Set<String> created() {
        return Set.copyOf(created);
    }

    /** Names of the storages that the format has opened or created. */
    public Set<String> opened() {
        Set<String> names = new HashSet<>(opened.keySet());
        names.addAll(openedForReading.keySet());
        return names;
    }

    @Override
    public URI location() {
        return MemoryStorage.locationOf(name);
    }

    @Override
    public Storage storage() throws IOException {
        return mode == Mode.CREATE && !folder.has(name) ? createStorage(name) : storage(name);
    }

    @Override
    public Storage storage(String other) throws IOException {
        return open(other, writable());
    }

    @Override
    public Storage storageForReading(String other) throws IOException {
        return open(other, false);
    }

    @Override
    public Storage createStorage(String other) throws IOException {
        checkName(other);
        if (mode != Mode.CREATE) {
            checkWritable(other);
        }
        folder.create(other);
        created.add(other);
        return open(other, true);
    }

    private void checkWritable(String other) {
        if (!writable()) {
            throw new AssertionError("the format creates " + other + " for an image that is open for reading");
        }
    }

    private Storage open(String other, boolean forWriting) throws IOException {
        checkName(other);
        Storage storage = folder.open(other);
        Map<String, GuardedStorage> known = forWriting ? opened : openedForReading;
        return known.computeIfAbsent(other, n -> new GuardedStorage(storage, forWriting && !storage.readOnly()));
    }

    private void checkName(String other) throws DiskException {
        boolean plain = !other.isEmpty()
                && !other.startsWith("/")
                && other.chars().noneMatch(c -> c < ' ' || c == ':' || c == '\\')
                && java.util.Arrays.stream(other.split("/", -1)).noneMatch(part -> part.equals("..") || part.isEmpty());
        if (!plain && !external) {
            throw new DiskException(ErrorCode.DENIED, "'" + other + "' leaves the folder of the image");
        }
    }

    @Override
    public List<String> siblings() {
        return folder.names();
    }

    @Override
    public Config config() {
        return config;
    }

    @Override
    public boolean writable() {
        return mode == Mode.CREATE || mode == Mode.WRITE;
    }

    @Override
    public boolean infoOnly() {
        return mode == Mode.INFO;
    }

    @Override
    public TcpConnector connector() {
        return connector;
    }

    /** From now on whoever uses a storage of this context fails; the folder and its files stay as they are. */
    @Override
    public void close() {
        opened.values().forEach(GuardedStorage::end);
        openedForReading.values().forEach(GuardedStorage::end);
    }
}
