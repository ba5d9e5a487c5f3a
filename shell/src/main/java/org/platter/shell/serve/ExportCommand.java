// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.serve;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.DiskExport;
import org.platter.export.DiskExporter;
import org.platter.export.ExportRequest;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** {@code export}: offers a disk over NBD; as a command of its own it serves until it is stopped. */
public final class ExportCommand extends Command {
    private final Option<String> bind =
            syntax.option("--bind", "ADDR", word -> word, "the address to listen at, else 127.0.0.1");
    private final Option<Integer> port =
            syntax.option("--port", "P", Integer::valueOf, "the port, else 10809; 0 is any free one");
    private final Option<String> socket = syntax.option("--socket", "PATH", word -> word, "a Unix socket instead");
    private final Option<String> name =
            syntax.option("--name", "N", word -> word, "what clients ask for, else anything");
    private final Option<Boolean> readOnly = syntax.flag("--read-only", "clients must not change the disk");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the newest image of the disk");

    /** Declares the options. */
    public ExportCommand() {
        super("export", "Offer a disk to other programs over NBD", "platter export --port 10809 disk.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        if (socket.given() && (port.given() || bind.given())) {
            throw new UsageException("--socket goes without --bind and --port");
        }
        DiskExporter exporter = invocation.service(DiskExporter.class);
        ExportRequest request = ExportRequest.of(name.value().orElse("")).at(address(invocation));
        request = readOnly.given() ? request.asReadOnly() : request;
        VirtualDisk disk = disk(invocation);
        DiskExport export = exporter.export(disk, request);
        if (!invocation.console().lasting()) {
            serve(invocation, export);
            return null;
        }
        return new Offer(export.uri().toString());
    }

    private SocketAddress address(Invocation invocation) throws DiskException {
        if (socket.given()) {
            return UnixDomainSocketAddress.of(invocation.file(socket.value().orElseThrow()));
        }
        String host = bind.value().orElse("127.0.0.1");
        try {
            return new InetSocketAddress(
                    InetAddress.getByName(host), port.value().orElse(ExportRequest.PORT));
        } catch (UnknownHostException e) {
            throw new DiskException(ErrorCode.NOT_FOUND, "no address is known of the host " + host);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
    }

    /** One that is open; or the image, which stays open in a shell and is closed with the command elsewhere. */
    private VirtualDisk disk(Invocation invocation) throws IOException {
        Optional<VirtualDisk> open = invocation.disks().find(image.get());
        if (open.isPresent()) {
            return open.get();
        }
        Set<OpenFlag> flags = EnumSet.of(OpenFlag.ASYNC_IO);
        if (readOnly.given()) {
            flags.add(OpenFlag.READ_ONLY);
        }
        OpenRequest request = images.request(invocation, image.get(), flags);
        if (!invocation.console().lasting()) {
            VirtualDisk disk = invocation.closing(invocation.manager().newDisk());
            disk.openChain(request);
            return disk;
        }
        VirtualDisk disk = invocation.disks().add(invocation.disks().freeName(request.location()));
        try {
            disk.openChain(request);
            return disk;
        } catch (IOException | RuntimeException e) {
            invocation.disks().close(disk);
            throw e;
        }
    }

    /** Says where, and stays until the user ends it. */
    private static void serve(Invocation invocation, DiskExport export) throws IOException {
        CountDownLatch stop = new CountDownLatch(1);
        try (export;
                var registration = invocation.cancellation().onRequest(stop::countDown)) {
            invocation.console().out().append(export.uri() + "\n").flush();
            stop.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new DiskException(ErrorCode.CANCELLED, "the export was ended");
    }

    private record Offer(String uri) implements Result {
        @Override
        public void text(Text out) throws IOException {
            out.line(uri);
        }

        @Override
        public String toString() {
            return uri;
        }
    }
}
