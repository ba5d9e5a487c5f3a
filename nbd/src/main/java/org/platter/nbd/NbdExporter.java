// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.DiskExport;
import org.platter.export.DiskExporter;
import org.platter.export.ExportRequest;
import org.platter.nbd.session.Directory;
import org.platter.nbd.session.Limits;
import org.platter.nbd.session.Offer;

/** The exporter of the NBD protocol. Nothing runs while there is no export. */
@Component(
        service = {DiskExporter.class, NbdExporter.class},
        configurationPid = NbdConfig.PID)
@Designate(ocd = NbdConfig.class)
public final class NbdExporter implements DiskExporter {
    private static final Logger LOG = System.getLogger(NbdExporter.class.getName());

    private final Limits limits;
    private final List<NbdExport> exports = new ArrayList<>(); // guarded by this
    private final Map<SocketAddress, Endpoint> endpoints = new HashMap<>(); // guarded by this
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private Server server; // guarded by this; null without exports

    /** What happens to an export. */
    enum Change {
        OPENED,
        CLOSED,
        CLIENT_CAME,
        CLIENT_WENT
    }

    /** Told of changes, on any thread; must not wait. */
    interface Watcher {
        /** It has happened. */
        void changed(DiskExport export, Change change);
    }

    /** Takes the limits from the configuration. */
    @Activate
    public NbdExporter(NbdConfig config) {
        this(limits(config));
    }

    NbdExporter(Limits limits) {
        this.limits = limits;
    }

    /** The limits of a configuration; what makes no sense becomes the least that does. */
    private static Limits limits(NbdConfig config) {
        return new Limits(
                Math.max(1, config.connections()),
                Math.max(1, config.requests()),
                (long) Math.max(1, config.megabytes()) << 20,
                (long) Math.max(1, config.clientMegabytes()) << 20,
                Math.max(1, config.handshakeSeconds()) * 1000L,
                Math.max(1, config.stallSeconds()) * 1000L,
                Math.max(0, config.idleSeconds()) * 1000L,
                Math.max(0, config.ownThreads()),
                Math.max(1, config.workers()),
                Math.max(1, config.shutdownSeconds()) * 1000L);
    }

    @Override
    public synchronized DiskExport export(VirtualDisk disk, ExportRequest request) throws DiskException {
        disk.last();
        Endpoint endpoint = endpoint(request);
        Offer offer = new Offer(request.at(endpoint.address()), disk, limits.workers());
        NbdExport export = new NbdExport(this, disk, offer);
        exports.add(export);
        offer.whenUsersChange(came -> tell(export, came ? Change.CLIENT_CAME : Change.CLIENT_WENT));
        endpoint.add(offer);
        tell(export, Change.OPENED);
        return export;
    }

    void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    void unwatch(Watcher watcher) {
        watchers.remove(watcher);
    }

    private void tell(DiskExport export, Change change) {
        watchers.forEach(watcher -> watcher.changed(export, change));
    }

    @Override
    public synchronized List<DiskExport> exports() {
        return List.copyOf(exports);
    }

    private Endpoint endpoint(ExportRequest request) throws DiskException {
        Endpoint known = endpoints.get(request.address());
        if (known != null) {
            check(request);
            return known;
        }
        Optional<Directory.Encryption> encryption = Optional.empty();
        try {
            if (server == null) {
                server = new Server(limits);
            }
            if (request.tls().isPresent()) {
                encryption = Optional.of(new Directory.Encryption(
                        Certificates.context(request.tls().get()), request.tls().get(), server.handshakes()));
            }
            if (request.address() instanceof UnixDomainSocketAddress unix) {
                removeStale(unix);
            }
            Endpoint endpoint = new Endpoint(server, request.address(), encryption);
            endpoints.put(endpoint.address(), endpoint);
            return endpoint;
        } catch (IOException e) {
            closeIfIdle();
            throw refused(request.address(), e);
        }
    }

    private void check(ExportRequest request) throws DiskException {
        for (NbdExport export : exports) {
            ExportRequest other = export.request();
            if (other.address().equals(request.address())) {
                if (other.name().equals(request.name())) {
                    throw new DiskException(
                            ErrorCode.EXISTS, "an export '" + request.name() + "' is there already: " + export.uri());
                }
                if (!other.tls().equals(request.tls())) {
                    throw new DiskException(
                            ErrorCode.BAD_VALUE, "all exports at one address encrypt the same way: " + export.uri());
                }
            }
        }
    }

    /** A socket that nobody listens at is what a server leaves that was killed. */
    private static void removeStale(UnixDomainSocketAddress address) throws IOException {
        Path path = address.getPath();
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        boolean socket = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther();
        if (!socket) {
            throw new DiskException(ErrorCode.EXISTS, path + " exists and is no socket");
        }
        try (SocketChannel probe = SocketChannel.open(address)) {
            throw new DiskException(ErrorCode.LOCKED, "another process listens at " + probe.getRemoteAddress());
        } catch (ConnectException e) {
            Files.delete(path);
        } catch (SocketException e) {
            throw new DiskException(ErrorCode.EXISTS, path + " exists and is no socket", e);
        }
    }

    private static DiskException refused(SocketAddress address, IOException e) {
        if (e instanceof DiskException known) {
            return known;
        }
        String text = String.valueOf(e.getMessage());
        ErrorCode code = ErrorCode.IO;
        if (text.contains("Permission denied") || e instanceof java.nio.file.AccessDeniedException) {
            code = ErrorCode.DENIED;
        } else if (e instanceof BindException && text.contains("in use")) {
            code = ErrorCode.LOCKED;
        } else if (address instanceof InetSocketAddress && e instanceof BindException) {
            code = ErrorCode.NOT_FOUND;
        }
        return new DiskException(code, "cannot listen at " + address + ": " + text, e);
    }

    /** Takes an export away and waits for its clients' requests; false if that was done before. */
    boolean end(NbdExport export) {
        Endpoint endpoint;
        boolean last;
        synchronized (this) {
            if (!exports.remove(export)) {
                return false;
            }
            endpoint = endpoints.get(export.request().address());
            last = endpoint.remove(export.offer());
            if (last) {
                endpoints.remove(endpoint.address());
            }
        }
        export.offer().close(limits.shutdownMillis());
        if (last) {
            endpoint.close();
        }
        synchronized (this) {
            closeIfIdle();
        }
        tell(export, Change.CLOSED);
        return true;
    }

    private void closeIfIdle() {
        if (endpoints.isEmpty() && exports.isEmpty() && server != null) {
            server.close();
            server = null;
        }
    }

    /** Closes all exports; their disks stay. */
    @Deactivate
    public void close() {
        for (DiskExport export : exports()) {
            try {
                export.close();
            } catch (DiskException | RuntimeException e) {
                LOG.log(Level.ERROR, "closing " + export.uri() + " failed", e);
            }
        }
    }
}
