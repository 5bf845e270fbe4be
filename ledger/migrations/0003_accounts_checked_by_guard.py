import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("ledger", "0002_sealed_subtrees")]

    operations = [
        migrations.AlterField(
            model_name="transfer",
            name=side,
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name=f"{side}s",
                to="ledger.ledgeraccount",
            ),
        )
        for side in ("debit", "credit")
    ]
