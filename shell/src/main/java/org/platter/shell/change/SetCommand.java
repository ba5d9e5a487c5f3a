// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ParentLink;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Values;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Result;

/** {@code set}: attributes of an image, whose parents need not be there. */
public final class SetCommand extends Command {
    private final Option<String> comment =
            syntax.option("--comment", "TEXT", word -> word, "another comment; empty for none");
    private final Option<UUID> uuid = syntax.option("--uuid", "UUID|new", Values::uuidOrNew, "another UUID");
    private final Option<UUID> modification =
            syntax.option("--modification-uuid", "UUID|new", Values::uuidOrNew, "another modification UUID");
    private final Option<Optional<UUID>> parent = syntax.option(
            "--parent-uuid", "UUID|none", SetCommand::parent, "the UUID of another parent; none makes it a base");
    private final Option<Geometry> pchs =
            syntax.option("--pchs", "C/H/S", Values::geometry, "another physical geometry");
    private final Option<Geometry> lchs =
            syntax.option("--lchs", "C/H/S", Values::geometry, "another logical geometry");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");

    /** Declares the options. */
    public SetCommand() {
        super("set", "Change attributes of an image", "platter set --comment \"golden master\" --uuid new disk.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        if (List.of(comment, uuid, modification, parent, pchs, lchs).stream().noneMatch(Option::given)) {
            throw new UsageException("nothing to set");
        }
        Layer layer =
                images.openAlone(invocation, image.get(), Set.of(OpenFlag.INFO)).layer();
        layer.update(attributes(layer));
        return null;
    }

    private ImageAttributes attributes(Layer layer) throws DiskException {
        Optional<ParentLink> link = Optional.empty();
        if (parent.given()) {
            Optional<UUID> wanted = parent.value().orElseThrow();
            List<String> hints = layer.info().parent().map(ParentLink::hints).orElse(List.of());
            link = Optional.of(wanted.map(id -> new ParentLink(id, ParentLink.NIL, "", hints))
                    .orElse(ParentLink.NONE));
        }
        return new ImageAttributes(
                uuid.value(), modification.value(), link, comment.value(), pchs.value(), lchs.value());
    }

    private static Optional<UUID> parent(String word) {
        return word.equals("none") ? Optional.empty() : Optional.of(Values.uuid(word));
    }
}
