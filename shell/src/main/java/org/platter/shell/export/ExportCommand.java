// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.export;

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
import org.platter.shell.command.Cancellation;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** {@code export}: offers a disk over NBD, until the command is stopped or, in a lasting shell, until {@code unexport}. */
public final class ExportCommand extends Command {
    private final Option<String> bind =
            syntax.option("--bind", "ADDR", word -> word, "address to listen at, by default 127.0.0.1");
    private final Option<Integer> port =
            syntax.option("--port", "P", ExportCommand::port, "port, by default 10809; 0 takes a free one");
    private final Option<String> socket = syntax.option("--socket", "PATH", word -> word, "a Unix socket instead");
    private final Option<String> name =
            syntax.option("-n --name", "N", word -> word, "what clients ask for, else the disk's or the file's name");
    private final Option<Boolean> readOnly = syntax.flag("--read-only", "clients can only read");
    private final TlsOptions tls = new TlsOptions(syntax);
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the newest image, or an open disk");

    /** Declares the options. */
    public ExportCommand() {
        super("export", "Offer a disk to other programs over NBD", "platter export --read-only snapshot.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        DiskExporter exporter = invocation.service(DiskExporter.class);
        SocketAddress address = address(invocation);
        Optional<VirtualDisk> known = invocation.disks().find(image.get());
        VirtualDisk disk = known.isPresent() ? known.get() : open(invocation);
        try {
            ExportRequest request = request(invocation, address, disk);
            if (request.unguarded()) {
                invocation.note("export: WARNING: whoever reaches " + address + " can "
                        + (readOnly.given() ? "read" : "read and write") + " this disk, and nothing is encrypted;"
                        + " --tls-cert with --tls-ca lets in only those who have a certificate");
            }
            DiskExport export = exporter.export(disk, request);
            return invocation.console().lasting() ? new Offered(export.uri().toString()) : serve(invocation, export);
        } catch (IOException | RuntimeException e) {
            if (known.isEmpty()) {
                invocation.disks().close(disk);
            }
            throw e;
        }
    }

    private ExportRequest request(Invocation invocation, SocketAddress address, VirtualDisk disk) {
        ExportRequest request =
                ExportRequest.of(name.value().orElse(disk.options().name())).at(address);
        request = readOnly.given() ? request.asReadOnly() : request;
        return tls.of(invocation).map(request::withTls).orElse(request);
    }

    /** Opens the image as a disk that stays open, for writing unless that is not wanted. */
    private VirtualDisk open(Invocation invocation) throws IOException {
        Set<OpenFlag> flags = EnumSet.of(OpenFlag.ASYNC_IO);
        if (readOnly.given()) {
            flags.add(OpenFlag.READ_ONLY);
        }
        OpenRequest request = images.request(invocation, image.get(), flags);
        VirtualDisk disk = invocation.disks().add(invocation.disks().freeName(request.location()));
        try {
            disk.openChain(request);
            if (!readOnly.given() && disk.readOnly()) {
                throw new DiskException(
                        ErrorCode.READ_ONLY,
                        Places.show(disk.last().location())
                                + " can only be read: it is write-protected, or somebody else has it open;"
                                + " --read-only exports it so");
            }
            return disk;
        } catch (IOException | RuntimeException e) {
            invocation.disks().close(disk);
            throw e;
        }
    }

    /** Says where, and waits until the command is asked to stop. */
    private static Result serve(Invocation invocation, DiskExport export) throws IOException {
        CountDownLatch stopped = new CountDownLatch(1);
        new Offered(export.uri().toString()).text(new Text(invocation.console().out()));
        invocation.console().out().flush();
        try (export;
                Cancellation.Registration registration =
                        invocation.cancellation().onRequest(stopped::countDown)) {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        invocation.disks().close(export.disk());
        return null;
    }

    private SocketAddress address(Invocation invocation) {
        if (socket.given()) {
            if (bind.given() || port.given()) {
                throw new UsageException("--socket excludes --bind and --port");
            }
            return UnixDomainSocketAddress.of(
                    invocation.file(socket.value().orElseThrow()).toAbsolutePath());
        }
        InetSocketAddress usual = (InetSocketAddress) ExportRequest.of("").address();
        int number = port.value().orElse(usual.getPort());
        try {
            return bind.given()
                    ? new InetSocketAddress(InetAddress.getByName(bind.value().orElseThrow()), number)
                    : new InetSocketAddress(usual.getAddress(), number);
        } catch (UnknownHostException e) {
            throw new UsageException("--bind: '" + bind.value().orElseThrow() + "' is no address");
        }
    }

    private static int port(String word) {
        try {
            int number = Integer.parseInt(word);
            if (number >= 0 && number <= 0xffff) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UsageException("'" + word + "' is no port from 0 to 65535");
    }

    private record Offered(String uri) implements Result {
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
