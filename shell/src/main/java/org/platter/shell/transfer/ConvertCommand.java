// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.transfer;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.FormatInfo;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.ImageFlag;
import org.platter.install.Catalogue;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.command.JobReport;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Location;
import org.platter.shell.image.NewFormat;
import org.platter.shell.image.NewImage;
import org.platter.shell.image.Opened;
import org.platter.shell.image.Settings;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.Sizes;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;

/**
 * {@code convert}: what a disk reads as, in a new image of any format; or in one that exists, where the format is one of
 * images that are not made but there, such as logical units.
 */
public final class ConvertCommand extends Command {
    private static final Set<Capability> MAKING =
            EnumSet.of(Capability.CREATE_FIXED, Capability.CREATE_DYNAMIC, Capability.CREATE_SPLIT_2G);
    private static final int START = 1 << 20;
    private static final System.Logger LOG = System.getLogger(ConvertCommand.class.getName());

    private final Option<String> to =
            syntax.option("-t --to", "FORMAT", word -> word, "the new format; else by extension, else VDI");
    private final NewImage image = new NewImage(syntax);
    private final Option<Long> size = syntax.option("--size", "SIZE", Sizes::parse, "another size for the new disk");
    private final Option<Long> align = syntax.option(
            "--align", "SIZE", ConvertCommand::alignment, "a size that is a multiple of this, such as 1M");
    private final Option<Boolean> force = syntax.flag("--force", "replace DST, once the new image is complete");
    private final Option<Long> rate = syntax.option("--rate", "SIZE", Sizes::parse, "most bytes a second");
    private final Option<Boolean> background = syntax.flag("--background", "go on while other commands run");
    private final Option<Boolean> install =
            syntax.flag("--install", "install formats that are needed from the configured repositories");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> src = syntax.argument("SRC", word -> word, "the image to convert");
    private final Argument<String> dst =
            syntax.argument("DST", word -> word, "where to make the new one; -: standard output");

    /** Declares the options. */
    public ConvertCommand() {
        super("convert", "Copy a disk into a new image of any format", "platter convert snapshot.vdi flat.vmdk");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        if (background.given() && !invocation.console().lasting()) {
            throw new UsageException("--background needs a prompt or a script that lives on");
        }
        if (install.given()) {
            invocation.closing(invocation.service(Catalogue.class).allow()::close);
        }
        boolean pipe = dst.get().equals("-");
        Location target = pipe
                ? PipeProvider.location(invocation)
                : Location.parse(dst.get(), invocation.console().directory());
        FormatInfo format = format(invocation, target);
        images.settings().leave(format);
        Opened source = source(invocation, format);
        VirtualDisk disk = invocation.closing(invocation.manager().newDisk());
        if (Collections.disjoint(format.capabilities(), MAKING)) {
            open(invocation, disk, target, format, source);
            return copy(invocation, source, disk, CopyRequest.into(disk));
        }
        CreateRequest request = request(invocation, target, format, source);
        if (pipe && !request.flags().contains(ImageFlag.STREAM_OPTIMIZED)) {
            throw new UsageException("- takes what is written from front to end: --variant stream");
        }
        if (force.given() && invocation.manager().exists(target.uri())) {
            CreateRequest there = request.withLocation(replaceable(target.uri()));
            return copy(
                    invocation,
                    source,
                    disk,
                    cut(invocation, CopyRequest.into(disk, there).replacing()));
        }
        // like cp: nothing is lost that cannot be made again, and the host writes while the next command runs
        CreateRequest lazy = request.withOpenFlags(Set.of(OpenFlag.IGNORE_FLUSH));
        return copy(invocation, source, disk, cut(invocation, CopyRequest.into(disk, lazy)));
    }

    /** With --force a smaller SIZE cuts off what does not fit, and says so. */
    private CopyRequest cut(Invocation invocation, CopyRequest request) {
        if (!force.given() || !size.given()) {
            return request;
        }
        long bytes = size.value().orElseThrow();
        invocation.note("convert: what lies behind " + bytes + " bytes is left out");
        return request.upTo(bytes);
    }

    /** Opens an existing image that is to take it all. */
    private void open(Invocation invocation, VirtualDisk disk, Location target, FormatInfo format, Opened source)
            throws IOException {
        String shown = Places.show(target.uri());
        if (image.given() || size.given() || align.given()) {
            throw new UsageException(shown + " is there already: it takes no other size, variant, comment or UUID");
        }
        if (source.disk().layers().stream().anyMatch(layer -> Location.same(layer.location(), target.uri()))) {
            throw new DiskException(ErrorCode.EXISTS, shown + " is part of what is to be converted");
        }
        disk.open(OpenRequest.of(target.uri())
                .withFormat(format.name())
                .withConfig(images.settings().leftOver(invocation, target)));
        if (disk.readOnly()) {
            throw new DiskException(ErrorCode.READ_ONLY, shown + " can only be read");
        }
        long rest = disk.size() - source.layer().info().size();
        if (rest < 0) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    shown + " has " + disk.size() + " bytes, too few for "
                            + source.layer().info().size());
        }
        if (!force.given() && holdsData(disk)) {
            throw new DiskException(ErrorCode.EXISTS, shown + " holds data; --force overwrites it");
        }
        if (rest > 0) {
            invocation.note("convert: the last " + rest + " bytes of " + shown + " stay as they are");
        }
    }

    /** Looks where file systems and tables of partitions begin. */
    private static boolean holdsData(VirtualDisk disk) throws IOException {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(START, disk.size()));
        disk.read(start, 0);
        return !start.flip().equals(ByteBuffer.allocate(start.limit()));
    }

    private Opened source(Invocation invocation, FormatInfo format) throws IOException {
        try {
            return images.open(invocation, src.get(), Access.READ);
        } catch (DiskException e) {
            throw e.code() == ErrorCode.UNKNOWN_KEY ? Settings.unknown(e, format) : e;
        }
    }

    private static long alignment(String word) {
        long unit = Sizes.parse(word);
        if (unit < VirtualDisk.SECTOR || unit % VirtualDisk.SECTOR != 0) {
            throw new UsageException("'" + word + "' is no multiple of " + VirtualDisk.SECTOR
                    + " bytes that a size could be aligned to");
        }
        return unit;
    }

    private CreateRequest request(Invocation invocation, Location target, FormatInfo format, Opened source)
            throws IOException {
        CreateRequest request = image.apply(CreateRequest.of(target.uri()))
                .withFormat(format.name())
                .withConfig(images.settings().leftOver(invocation, target));
        if (align.given()) {
            long least = size.given()
                    ? size.value().orElseThrow()
                    : source.layer().info().size();
            long unit = align.value().orElseThrow();
            return request.withSize(Math.multiplyExact((least + unit - 1) / unit, unit));
        }
        return size.given() ? request.withSize(size.value().orElseThrow()) : request;
    }

    private FormatInfo format(Invocation invocation, Location target) throws DiskException {
        if (to.given()) {
            return NewFormat.named(invocation, to.value().orElseThrow());
        }
        return NewFormat.of(invocation, target);
    }

    /** The file itself if a link leads to it. */
    private static URI replaceable(URI target) throws IOException {
        if (!"file".equals(target.getScheme()) || !Files.isRegularFile(Path.of(target))) {
            throw new DiskException(ErrorCode.DENIED, Places.show(target) + " is no file that can be replaced");
        }
        return Path.of(target).toRealPath().toUri();
    }

    private Result copy(Invocation invocation, Opened source, VirtualDisk disk, CopyRequest request)
            throws IOException {
        Job<Layer> job = source.disk().copy(source.layer(), request);
        rate.value().ifPresent(job::rate);
        if (background.given()) {
            Closeable open = invocation.keepOpen();
            job.done().whenCompleteAsync((layer, failure) -> finish(job, open));
            return JobReport.of(job);
        }
        invocation.await(job);
        return null;
    }

    private static void finish(Job<Layer> job, Closeable open) {
        try (open) {
            job.join();
        } catch (IOException e) {
            // whoever cancelled it knows
            Level level = job.state() == Job.State.CANCELLED ? Level.DEBUG : Level.ERROR;
            LOG.log(level, "background: " + e.getMessage());
        }
    }
}
